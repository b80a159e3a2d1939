//! `verify`: who must have signed the chart.

use schemars::JsonSchema;
use serde::Deserialize;

/// Who must have signed the chart.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Verify {
    /// A file of the inputs with the public keys (an exported GPG keyring) that provenance files are checked against.
    pub keyring: Option<String>,
}
