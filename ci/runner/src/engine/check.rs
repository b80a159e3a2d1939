//! Looking for versions of a resource, as Concourse does before a build.

use super::Engine;
use super::leaf::tell_problem;
use super::state::State;
use crate::cancellation::Cancellation;
use crate::event::{Event, Tree};
use crate::executor::{CheckRequest, Ended, Executor};
use crate::outcome::{Problem, Status};
use crate::version::Version;

impl<E: Executor> Engine<E> {
    /// Looks for versions of a resource of the pipeline, oldest first. It is told as a step of the key `check`.
    ///
    /// # Errors
    /// The check could not run, or its answer was unusable. One that ran and said no is no error.
    pub async fn check(
        &self,
        resource: &str,
        since: Option<Version>,
        until: &Cancellation,
    ) -> Result<Ended<Vec<Version>>, Problem> {
        let step = self.numbering.next();
        let tree = Tree { step, key: "check".into(), name: resource.into(), children: Vec::new() };
        self.listeners.tell(&Event::Planned { parent: None, label: String::new(), tree });
        self.listeners.tell(&Event::Started { step });
        let console = self.console(step);
        let state = State::new(&self.build);
        let checked = async {
            let declared = self.declared(resource)?;
            let resource = self.resource(declared, &state, until, &console).await?;
            let request = CheckRequest { resource, since, environment: self.environment(&state) };
            self.executor.check(&request, &console, until).await
        };
        let checked = checked.await;
        let (status, exit_status) = match &checked {
            Ok(Ended::Well(_)) => (Status::Succeeded, Some(0)),
            Ok(Ended::Badly(exit_status)) => (Status::Failed, Some(*exit_status)),
            Err(problem) => {
                tell_problem(&console, problem);
                (Status::of(&Err(problem.clone())), None)
            }
        };
        console.flush();
        self.listeners.tell(&Event::Finished { step, status, exit_status });
        checked
    }
}
