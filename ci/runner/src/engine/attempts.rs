//! Several tries.

use pipeline::model::StepConfig;

use super::Engine;
use super::state::State;
use crate::cancellation::Cancellation;
use crate::event::{Event, Tree};
use crate::executor::Executor;
use crate::outcome::{Outcome, Verdict};
use crate::plan::StepId;

impl<E: Executor> Engine<E> {
    /// Tries a step until it succeeds. The last try's outcome counts.
    pub(super) async fn attempts(
        &self,
        id: StepId,
        attempts: i64,
        step: &StepConfig,
        state: &State,
        until: &Cancellation,
    ) -> Outcome {
        let mut outcome = Ok(Verdict::Failed);
        for attempt in 1..=attempts {
            let node = self.numbering.step(step);
            let label = format!("attempt {attempt} of {attempts}");
            self.listeners.tell(&Event::Planned { parent: Some(id), label, tree: Tree::of(&node) });
            outcome = self.run(&node, state, until).await;
            if let Some(stopped) = until.problem() {
                return Err(stopped);
            }
            if matches!(outcome, Ok(Verdict::Succeeded)) {
                break;
            }
        }
        outcome
    }
}
