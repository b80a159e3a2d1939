//! Asks what every object of a release has come to.

use futures_util::{StreamExt, stream};
use kube::Client;
use serde::Serialize;
use serde_json::Value;

use super::readiness::{Readiness, State, readiness};
use crate::manifest::{Kinds, Object, ObjectKey};
use crate::release::retrying;

/// How many objects are asked for at once.
const AT_ONCE: usize = 8;

/// What one object has come to.
#[derive(Clone, Debug)]
pub struct Survey {
    /// Which.
    pub object: ObjectKey,
    /// The object as it is, where it could be read.
    pub live: Option<Value>,
    /// What it has come to.
    pub readiness: Readiness,
}

/// The same without the object, for `status.json`.
#[derive(Serialize)]
pub struct Line<'a> {
    kind: &'a str,
    namespace: &'a str,
    name: &'a str,
    state: State,
    reason: &'a str,
}

impl Survey {
    /// Returns what is written of it.
    pub fn line(&self) -> Line<'_> {
        Line {
            kind: &self.object.kind,
            namespace: &self.object.namespace,
            name: &self.object.name,
            state: self.readiness.state,
            reason: &self.readiness.reason,
        }
    }
}

/// Asks for all `objects`, which lie in `namespace` unless they say otherwise. An object that can't be read is unknown.
pub async fn survey(client: &Client, namespace: &str, objects: &[Object]) -> Vec<Survey> {
    let kinds = Kinds::new(client.clone(), namespace);
    stream::iter(objects).map(|object| one(&kinds, object)).buffered(AT_ONCE).collect().await
}

async fn one(kinds: &Kinds, object: &Object) -> Survey {
    let (live, readiness) = match kinds.api(object).await {
        Err(reason) => (None, Readiness::new(State::Unknown, reason)),
        Ok(api) => match retrying("reading an object", || api.get_opt(object.name())).await {
            Ok(None) => (None, Readiness::new(State::Missing, "it is not there")),
            Ok(Some(live)) => {
                let mut live = serde_json::to_value(&live).unwrap_or_default();
                // Answers for single objects may lack the kind.
                live["kind"] = object.kind().into();
                let readiness = readiness(&live);
                (Some(live), readiness)
            }
            Err(problem) => (None, Readiness::new(State::Unknown, problem.to_string())),
        },
    };
    Survey { object: object.key(), live, readiness }
}
