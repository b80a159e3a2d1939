//! `get`

use pipeline::Spanned;
use pipeline::model::GetStep;
use pipeline::yaml::{Entry, Map, Node, Value};

use super::leaf::{Acted, failed_when_late};
use super::state::State;
use super::timeout::{own_timeout, within};
use super::{Engine, Input, SharedConsole};
use crate::cancellation::Cancellation;
use crate::event::Event;
use crate::executor::{Ended, Executor, GetRequest, Resource};
use crate::outcome::Problem;
use crate::plan::StepId;
use crate::version::{Metadata, Version};

/// What is left to do once the version is known.
pub(super) struct Fetch<'step> {
    pub(super) id: StepId,
    pub(super) name: &'step str,
    pub(super) resource: Resource,
    pub(super) version: Version,
    pub(super) params: Option<&'step Node>,
    pub(super) timeout: Option<&'step str>,
}

impl<E: Executor> Engine<E> {
    pub(super) async fn get(
        &self,
        id: StepId,
        step: &GetStep,
        state: &State,
        until: &Cancellation,
        console: &SharedConsole,
    ) -> Result<Acted, Problem> {
        let planned = state.renamed.get(step.name.as_str()).unwrap_or(&step.name.value);
        let version = match self.build.inputs.get(planned) {
            Some(Input::Version(version)) => version.clone(),
            Some(Input::Folder(volume)) => {
                console.line(&format!("{} stands in for the resource", volume.folder().display()));
                state.artifacts.register(step.name.as_str(), volume.clone());
                return Ok(Acted::succeeded());
            }
            None => return Err(Problem::new(format!("no version was found for the get `{planned}`"))),
        };
        let declared = self.declared(step.resource_name())?;
        let resource = self.resource(declared, state, until, console).await?;
        let fetch = Fetch {
            id,
            name: &step.name,
            resource,
            version,
            params: step.params.as_ref(),
            timeout: step.timeout.as_ref().map(|timeout| timeout.as_str()),
        };
        self.fetch(fetch, state, until, console).await
    }

    /// Fetches a version and registers what it brings.
    pub(super) async fn fetch(
        &self,
        fetch: Fetch<'_>,
        state: &State,
        until: &Cancellation,
        console: &SharedConsole,
    ) -> Result<Acted, Problem> {
        let timeout = own_timeout(fetch.timeout)?;
        let params = self.fill_optional(fetch.params, state).await?;
        self.hide_secrets(state);
        let request = GetRequest {
            name: fetch.name.to_owned(),
            resource: fetch.resource,
            version: fetch.version,
            params,
            environment: self.environment(state),
        };
        let got = self.executor.get(&request, console, &within(until, timeout)).await;
        let Some(ended) = failed_when_late(got, console)? else { return Ok(Acted::failed()) };
        let fetched = match ended {
            Ended::Well(fetched) => fetched,
            Ended::Badly(status) => return Ok(Acted::exited(status)),
        };
        state.artifacts.register(fetch.name, fetched.volume);
        state.scope.set(fetch.name, as_map(&fetched.metadata), false);
        self.listeners.tell(&Event::Version {
            step: fetch.id,
            version: request.version,
            metadata: fetched.metadata,
        });
        Ok(Acted::exited(0))
    }
}

/// Returns the facts as the local variable that a get sets; of equal names the last counts.
fn as_map(metadata: &[Metadata]) -> Node {
    let span = pipeline::Span::default();
    let entry = |fact: &Metadata| Entry::new(fact.name.as_str(), Node::string(fact.value.as_str(), span));
    let map: Map = metadata.iter().map(entry).collect();
    Node::new(Value::Map(map), span)
}

/// Returns the version that a pipeline pins, field by field.
pub(crate) fn pinned(fields: &[(Spanned<String>, Spanned<String>)]) -> Version {
    fields.iter().map(|(name, value)| (name.value.as_str(), value.value.as_str())).collect()
}
