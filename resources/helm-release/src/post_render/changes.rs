//! The changes, checked and complete, as they are handed to the process that makes them.

use std::collections::BTreeMap;

use serde::{Deserialize, Serialize};
use serde_json::Value;

use crate::params::{ImageOverride, PatchTarget};

/// All changes, in the order in which kustomize makes them.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(super) struct Changes {
    pub(super) patches: Vec<ObjectPatch>,
    pub(super) replicas: BTreeMap<String, i64>,
    pub(super) labels: BTreeMap<String, String>,
    pub(super) annotations: BTreeMap<String, String>,
    pub(super) images: Vec<ImageOverride>,
}

/// A patch and the objects that it is for.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) struct ObjectPatch {
    pub(super) target: PatchTarget,
    pub(super) change: Change,
}

/// The two kinds of patches.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(super) enum Change {
    /// A list of JSON patch operations (RFC 6902).
    Operations(json_patch::Patch),
    /// A part of an object, merged by Kubernetes' strategic rules.
    Part(Value),
}
