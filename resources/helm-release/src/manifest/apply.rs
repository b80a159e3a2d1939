//! Server-side dry runs: what an object would become, without changing anything.

use kube::Api;
use kube::api::{DynamicObject, Patch, PatchParams};
use serde_json::Value;

use super::Object;
use crate::release::retrying;

/// Helm's own field manager, in whose name the release's fields were applied.
const FIELD_MANAGER: &str = "helm";

/// What the API server says of an object.
#[derive(Clone, Debug)]
pub enum Applied {
    /// It is not there.
    Missing,
    /// It is there.
    There {
        /// As it is.
        live: Value,
        /// As it would be.
        desired: Value,
    },
    /// It can't be told.
    Refused(String),
}

impl Applied {
    /// Asks what applying `object` would make of the live one.
    pub async fn dry_run(api: &Api<DynamicObject>, object: &Object) -> Self {
        let name = object.name();
        let live = match retrying("reading an object", || api.get_opt(name)).await {
            Ok(None) => return Self::Missing,
            Ok(Some(live)) => live,
            Err(problem) => return Self::Refused(problem.to_string()),
        };
        let parameters = PatchParams::apply(FIELD_MANAGER).force().dry_run();
        let patch = Patch::Apply(&object.value);
        match retrying("comparing an object", || api.patch(name, &parameters, &patch)).await {
            Ok(desired) => Self::There { live: to_value(&live), desired: to_value(&desired) },
            Err(problem) => Self::Refused(problem.to_string()),
        }
    }
}

fn to_value(object: &DynamicObject) -> Value {
    serde_json::to_value(object).unwrap_or_default()
}
