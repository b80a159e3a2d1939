//! What drift detection leaves out.

use schemars::JsonSchema;
use serde::Deserialize;

use crate::params::PatchTarget;

/// Fields that others may change, as in `{paths: [/spec/replicas], target: {kind: Deployment}}`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DriftIgnore {
    /// JSON pointers; everything below one is left out. Empty means the whole object.
    #[serde(default)]
    pub paths: Vec<String>,
    /// Of which objects; of all without it.
    #[serde(default)]
    pub target: Option<PatchTarget>,
}
