//! `put`, and the get that follows it.

use std::cell::RefCell;

use pipeline::model::{Inputs, PutStep};

use super::get::Fetch;
use super::leaf::{Acted, failed_when_late};
use super::state::State;
use super::timeout::{own_timeout, within};
use super::{Engine, Made, SharedConsole};
use crate::cancellation::Cancellation;
use crate::event::Event;
use crate::executor::{Ended, Executor, PutRequest};
use crate::outcome::{Outcome, Problem, Verdict};
use crate::plan::{Node, StepId};
use crate::version::Version;
use crate::volume::Volume;

impl<E: Executor> Engine<E> {
    pub(super) async fn put_and_get(
        &self,
        node: &Node,
        step: &PutStep,
        get: Option<&Node>,
        state: &State,
        until: &Cancellation,
    ) -> Outcome {
        let made: RefCell<Option<Version>> = RefCell::default();
        let put = async |console: &SharedConsole| {
            let (acted, version) = self.put(node.id, step, state, until, console).await?;
            made.replace(version);
            Ok(acted)
        };
        if self.acting(node, put, until).await? == Verdict::Failed {
            return Ok(Verdict::Failed);
        }
        let Some(get) = get else { return Ok(Verdict::Succeeded) };
        let version = made.into_inner();
        let fetch = async |console: &SharedConsole| {
            let missing = || Problem::new("version is missing from previous step");
            self.get_after(get.id, step, version.ok_or_else(missing)?, state, until, console).await
        };
        self.acting(get, fetch, until).await
    }

    async fn put(
        &self,
        id: StepId,
        step: &PutStep,
        state: &State,
        until: &Cancellation,
        console: &SharedConsole,
    ) -> Result<(Acted, Option<Version>), Problem> {
        let declared = self.declared(step.resource_name())?;
        let params = self.fill_optional(step.params.as_ref(), state).await?;
        let inputs = put_inputs(step, state)?;
        let resource = self.resource(declared, state, until, console).await?;
        let timeout = own_timeout(step.timeout.as_ref().map(|timeout| timeout.as_str()))?;
        let mut environment = self.environment(state);
        if declared.expose_build_created_by.as_deref().copied().unwrap_or(false) {
            environment.extend(self.build.metadata.created_by());
        }
        let name = step.name.value.clone();
        let request = PutRequest { name, resource, params, inputs, environment };
        let put = self.executor.put(&request, console, &within(until, timeout)).await;
        let pushed = match failed_when_late(put, console)? {
            None => return Ok((Acted::failed(), None)),
            Some(Ended::Badly(status)) => return Ok((Acted::exited(status), None)),
            Some(Ended::Well(pushed)) => pushed,
        };
        let (resource, version) = (declared.name.value.clone(), pushed.version.clone());
        self.made.borrow_mut().push(Made { resource, version });
        self.listeners.tell(&Event::Version {
            step: id,
            version: pushed.version.clone(),
            metadata: pushed.metadata,
        });
        Ok((Acted::exited(0), Some(pushed.version)))
    }

    async fn get_after(
        &self,
        id: StepId,
        step: &PutStep,
        version: Version,
        state: &State,
        until: &Cancellation,
        console: &SharedConsole,
    ) -> Result<Acted, Problem> {
        let declared = self.declared(step.resource_name())?;
        let resource = self.resource(declared, state, until, console).await?;
        let fetch = Fetch {
            id,
            name: &step.name,
            resource,
            version,
            params: step.get_params.as_ref(),
            timeout: step.timeout.as_ref().map(|timeout| timeout.as_str()),
        };
        self.fetch(fetch, state, until, console).await
    }
}

/// Returns the artifacts that a put sees. They are detected in its params as written, variables not filled in.
fn put_inputs(step: &PutStep, state: &State) -> Result<Vec<(String, Volume)>, Problem> {
    match step.inputs.as_deref() {
        Some(Inputs::All) => Ok(state.artifacts.all().into_iter().collect()),
        Some(Inputs::Specified(names)) => names
            .iter()
            .map(|name| {
                let volume = state.artifacts.get(name);
                let volume = volume.ok_or_else(|| Problem::new(format!("input not found: {}", **name)))?;
                Ok((name.value.clone(), volume))
            })
            .collect(),
        Some(Inputs::Other(_)) => Ok(Vec::new()),
        Some(Inputs::Detect) | None => {
            let found = step.detected_inputs().into_iter();
            Ok(found.filter_map(|name| state.artifacts.get(&name).map(|volume| (name, volume))).collect())
        }
    }
}
