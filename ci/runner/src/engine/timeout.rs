//! Times to end in.

use std::time::Duration;

use pipeline::model::parse_duration;

use super::Engine;
use super::state::State;
use crate::cancellation::Cancellation;
use crate::executor::Executor;
use crate::outcome::{Outcome, Problem, Verdict};
use crate::plan::Node;

impl<E: Executor> Engine<E> {
    /// Runs a step under `timeout`. When its time is over it has failed, whatever it says itself.
    pub(super) async fn in_time(
        &self,
        duration: &str,
        step: &Node,
        state: &State,
        until: &Cancellation,
    ) -> Outcome {
        let duration = parse_duration(duration).map_err(|error| Problem::new(error.to_string()))?;
        match self.run(step, state, &until.within(duration)).await {
            Err(problem) if problem.is_timeout() => Ok(Verdict::Failed),
            outcome => outcome,
        }
    }
}

/// Reads the `timeout` of a get, put or task.
pub(super) fn own_timeout(text: Option<&str>) -> Result<Option<Duration>, Problem> {
    let text = text.filter(|text| !text.is_empty());
    text.map(|text| parse_duration(text).map_err(|error| Problem::new(format!("parse timeout: {error}"))))
        .transpose()
}

/// Returns what stops a step with a time of its own.
pub(super) fn within(until: &Cancellation, timeout: Option<Duration>) -> Cancellation {
    timeout.map_or_else(|| until.clone(), |timeout| until.within(timeout))
}
