//! Steps that run after steps.

use pipeline::model::HookKind;

use super::Engine;
use super::state::State;
use crate::cancellation::Cancellation;
use crate::executor::Executor;
use crate::outcome::{Outcome, Status, Verdict};
use crate::plan::Node;

impl<E: Executor> Engine<E> {
    pub(super) async fn hook(
        &self,
        when: HookKind,
        step: &Node,
        hook: &Node,
        state: &State,
        until: &Cancellation,
    ) -> Outcome {
        let outcome = self.run(step, state, until).await;
        let after = state.after(Status::of(&outcome));
        match when {
            HookKind::Success => match outcome? {
                Verdict::Succeeded => self.run(hook, &after, until).await,
                Verdict::Failed => Ok(Verdict::Failed),
            },
            HookKind::Failure => {
                let verdict = outcome?;
                if verdict == Verdict::Failed {
                    self.run(hook, &after, until).await?;
                }
                Ok(verdict)
            }
            HookKind::Abort => {
                if matches!(&outcome, Err(problem) if problem.is_interruption()) {
                    // Nothing of what comes of it counts.
                    let _ignored = self.run(hook, &after, &Cancellation::new()).await;
                }
                outcome
            }
            HookKind::Error => match outcome {
                Err(problem) if !problem.is_interruption() => {
                    match self.run(hook, &after, &Cancellation::new()).await {
                        Err(other) => Err(problem.and(other)),
                        Ok(_) => Err(problem),
                    }
                }
                outcome => outcome,
            },
            HookKind::Ensure => self.ensure(outcome, hook, state, until).await,
        }
    }

    async fn ensure(&self, outcome: Outcome, hook: &Node, state: &State, until: &Cancellation) -> Outcome {
        // The hook itself is not stopped by what stopped the step.
        let fresh = Cancellation::new();
        let hook_until = if until.reason().is_some() { &fresh } else { until };
        let unknowing = State { hook_of: None, ..state.clone() };
        let hook_outcome = self.run(hook, &unknowing, hook_until).await;
        if let Some(stopped) = until.problem() {
            return Err(stopped);
        }
        match (outcome, hook_outcome) {
            (Err(problem), Err(other)) => Err(problem.and(other)),
            (Err(problem), Ok(_)) | (Ok(_), Err(problem)) => Err(problem),
            (Ok(one), Ok(other)) => Ok(Verdict::from_success(one.is_success() && other.is_success())),
        }
    }
}
