//! Resources and the types they are of.

use pipeline::model::{Resource as Declared, ResourceType};
use pipeline::yaml::{Map, Node, Value};
use serde_json::Value as Json;

use super::state::State;
use super::{Engine, SharedConsole};
use crate::cancellation::Cancellation;
use crate::executor::{Executor, Resource};
use crate::outcome::Problem;

impl<E: Executor> Engine<E> {
    /// Returns the declaration of a resource.
    pub(super) fn declared(&self, name: &str) -> Result<&Declared, Problem> {
        let unknown = || Problem::new(format!("unknown resource '{name}'"));
        self.build.pipeline.resource(name).ok_or_else(unknown)
    }

    /// Prepares a resource of the pipeline: fills its source in, and fetches the image of its type.
    pub(super) async fn resource(
        &self,
        declared: &Declared,
        state: &State,
        until: &Cancellation,
        console: &SharedConsole,
    ) -> Result<Resource, Problem> {
        let types: Vec<&ResourceType> = self.build.pipeline.resource_types.iter().collect();
        let source = self.source(declared.source.as_ref(), &declared.kind, &types, state).await?;
        let program = self.program(&declared.kind, &types, state, until, console).await?;
        Ok(Resource {
            name: Some(declared.name.value.clone()),
            kind: declared.kind.value.clone(),
            program,
            source,
        })
    }

    /// Fills a source in, over the defaults of its type. No source at all is null.
    pub(super) async fn source(
        &self,
        source: Option<&Node>,
        kind: &str,
        types: &[&ResourceType],
        state: &State,
    ) -> Result<Json, Problem> {
        let declared = types.iter().find(|known| *known.name == kind);
        let merged = match (declared.and_then(|known| known.defaults.as_ref()), source) {
            (Some(defaults), source) => Some(merge(defaults, source)),
            (None, source) => source.cloned(),
        };
        let filled = self.fill_optional(merged.as_ref(), state).await?;
        self.hide_secrets(state);
        Ok(filled.unwrap_or(Json::Null))
    }
}

/// Puts a source over defaults, key by key at the top.
fn merge(defaults: &Node, source: Option<&Node>) -> Node {
    let mut merged: Map = defaults.as_map().cloned().unwrap_or_default();
    for entry in source.and_then(Node::as_map).into_iter().flatten() {
        merged.insert(entry.clone());
    }
    Node::new(Value::Map(merged), defaults.span)
}
