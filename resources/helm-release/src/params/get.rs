//! The `params:` of a get.

use kit::Flag;
use schemars::JsonSchema;
use serde::Deserialize;

/// The `params:` of a get.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct GetParams {
    /// Write nothing and ask the cluster nothing.
    pub skip_download: Flag,
    /// Write Secrets and masked values as they are. The files then get mode 0600.
    pub show_secrets: Flag,
    /// Further paths of values to mask, beside the source's `mask`.
    pub mask: Vec<String>,
    /// Leave out `status.json`, which needs rights to read each object.
    pub skip_status: Flag,
    /// Write `drift.json`: how the live objects differ from the release, as a server-side dry run sees it.
    pub drift: Flag,
}
