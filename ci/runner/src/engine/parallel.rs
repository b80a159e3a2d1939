//! Several at once: `in_parallel`, and the combinations of `across`.

use futures_util::StreamExt;
use futures_util::stream::FuturesUnordered;

use super::Engine;
use super::state::State;
use crate::cancellation::Cancellation;
use crate::executor::Executor;
use crate::outcome::{Outcome, Problem, Verdict};
use crate::plan::Node;

impl<E: Executor> Engine<E> {
    pub(super) async fn in_parallel(
        &self,
        steps: &[Node],
        limit: usize,
        fail_fast: bool,
        state: &State,
        until: &Cancellation,
    ) -> Outcome {
        let at_once = if limit == 0 { steps.len() } else { limit };
        let run =
            |index: usize, until: Cancellation| async move { self.run(&steps[index], state, &until).await };
        at_most(at_once, steps.len(), fail_fast, until, run).await
    }
}

/// Runs `count` things in their order, at most `limit` at once.
///
/// All run to their end, unless `fail_fast`: then the first that does not succeed stops those that run, and no more
/// start. That they were stopped is no problem of the whole.
pub(super) async fn at_most<F: Future<Output = Outcome>>(
    limit: usize,
    count: usize,
    fail_fast: bool,
    until: &Cancellation,
    run: impl Fn(usize, Cancellation) -> F,
) -> Outcome {
    let inner = until.child();
    let mut waiting = 0..count;
    let mut running = FuturesUnordered::new();
    let mut all_well = true;
    let mut problem: Option<Problem> = None;
    loop {
        while running.len() < limit.max(1) && inner.reason().is_none() {
            let Some(index) = waiting.next() else { break };
            running.push(run(index, inner.clone()));
        }
        let Some(outcome) = running.next().await else { break };
        if !matches!(outcome, Ok(Verdict::Succeeded)) {
            all_well = false;
            if fail_fast {
                inner.cancel();
            }
        }
        if let Err(other) = outcome
            && !other.is_interruption()
        {
            problem = Some(match problem {
                Some(problem) => problem.and(other),
                None => other,
            });
        }
    }
    match (until.problem(), problem) {
        (Some(stopped), _) => Err(stopped),
        (None, Some(problem)) => Err(problem),
        (None, None) => Ok(Verdict::from_success(all_well)),
    }
}
