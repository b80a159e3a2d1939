//! A step that acts: it starts, says something, ends.

use std::rc::Rc;

use super::state::State;
use super::{Engine, SharedConsole};
use crate::cancellation::Cancellation;
use crate::console::Console;
use crate::event::Event;
use crate::executor::Executor;
use crate::outcome::{Outcome, Problem, Status, Verdict};
use crate::plan::{Kind, Node, StepId};

/// What came of a step that ran a process, or none.
pub(super) struct Acted {
    pub(super) verdict: Verdict,
    pub(super) exit_status: Option<i32>,
}

impl Acted {
    pub(super) fn succeeded() -> Self {
        Self { verdict: Verdict::Succeeded, exit_status: None }
    }

    pub(super) fn failed() -> Self {
        Self { verdict: Verdict::Failed, exit_status: None }
    }

    pub(super) fn exited(status: i32) -> Self {
        Self { verdict: Verdict::from_success(status == 0), exit_status: Some(status) }
    }
}

impl<E: Executor> Engine<E> {
    /// Runs a step that has no steps below it.
    pub(super) async fn leaf(&self, node: &Node, state: &State, until: &Cancellation) -> Outcome {
        self.acting(
            node,
            async |console: &SharedConsole| match &node.kind {
                Kind::Get(step) => self.get(node.id, step, state, until, console).await,
                Kind::Task(step) => self.task(step, state, until, console).await,
                Kind::LoadVar(step) => self.load_var(step, state, console).await,
                Kind::SetPipeline(step) => self.set_pipeline(step, state, console).await,
                Kind::Run(_) => Err(Problem::new("prototypes are not implemented, not even by Concourse")
                    .hint("take the `run` step out, or leave it out with `--skip`")),
                _ => Err(Problem::new("this step cannot run alone; this is a bug")),
            },
            until,
        )
        .await
    }

    /// Tells that a step starts, lets it act, and tells how it ended.
    pub(super) async fn acting(
        &self,
        node: &Node,
        act: impl AsyncFnOnce(&SharedConsole) -> Result<Acted, Problem>,
        until: &Cancellation,
    ) -> Outcome {
        if self.is_skipped(node) {
            self.listeners.tell(&Event::Skipped { step: node.id });
            return Ok(Verdict::Succeeded);
        }
        self.listeners.tell(&Event::Started { step: node.id });
        let console = self.console(node.id);
        let acted = match until.problem() {
            // A task whose time was over before it started finds that out where Concourse does: at its image.
            Some(late) if late.is_timeout() && matches!(node.kind, Kind::Task(_)) => act(&console).await,
            Some(stopped) => Err(stopped),
            None => act(&console).await,
        };
        if let Err(problem) = &acted {
            tell_problem(&console, problem);
        }
        console.flush();
        let exit_status = acted.as_ref().ok().and_then(|acted| acted.exit_status);
        let outcome = acted.map(|acted| acted.verdict);
        let status = Status::of(&outcome);
        self.listeners.tell(&Event::Finished { step: node.id, status, exit_status });
        outcome
    }

    pub(super) fn console(&self, id: StepId) -> SharedConsole {
        Rc::new(Console::new(id, self.listeners.clone()))
    }

    fn is_skipped(&self, node: &Node) -> bool {
        let is_put = matches!(node.kind, Kind::Put(..) | Kind::GetAfterPut(_));
        let (_, name) = node.title();
        (is_put && self.build.skips.puts) || self.build.skips.names.contains(name)
    }
}

pub(super) fn tell_problem(console: &Console, problem: &Problem) {
    let message = match problem {
        problem if problem.is_interruption() => "interrupted".into(),
        problem if problem.is_timeout() => "timeout exceeded".into(),
        problem => problem.to_string(),
    };
    console.line(&message);
    if let Some(advice) = problem.advice() {
        console.line(&format!("  help: {advice}"));
    }
}

/// What a step makes of its own time being over: it has failed, and says why.
pub(super) fn failed_when_late<T>(
    result: Result<T, Problem>,
    console: &Console,
) -> Result<Option<T>, Problem> {
    match result {
        Err(problem) if problem.is_timeout() => {
            console.line("timeout exceeded");
            Ok(None)
        }
        result => result.map(Some),
    }
}
