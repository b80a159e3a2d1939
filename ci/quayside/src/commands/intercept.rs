//! `quayside intercept`.

use std::process::ExitCode;

use clap::Args;
use runner::local::{Kept, intercept, intercepted};
use runner::outcome::Status;
use runner::state::State;

use crate::execution::StateFlags;
use crate::failure::Failure;
use crate::output::Output;

/// Opens a shell where a failed step ran: its container, its folder, its environment.
///
/// The steps of the newest runs that failed are kept. Exit status: that of the command.
#[derive(Args)]
#[command(after_help = "Examples:
  quayside intercept
  quayside intercept unit
  quayside intercept --run 12 unit -- ls -la")]
pub(crate) struct InterceptArgs {
    /// The step; the last one of the run that is kept, if none is named.
    step: Option<String>,
    /// The run, by its number; the newest that left something, if none is named.
    #[arg(long, value_name = "RUN")]
    run: Option<i64>,
    /// A command to run instead of a shell.
    #[arg(last = true)]
    command: Vec<String>,
    #[command(flatten)]
    state: StateFlags,
}

impl InterceptArgs {
    pub(super) fn run(self, output: &mut Output) -> Result<ExitCode, Failure> {
        let kept = self.kept()?;
        let keeper = std::env::current_exe()?;
        if self.command.is_empty() {
            let place = if kept.is_container { "container" } else { "folder" };
            output.complain(&format!("the {place} of {} {}", kept.verb, kept.name));
        }
        let command = (!self.command.is_empty()).then_some(self.command);
        let status = intercept(&kept, &keeper, command)?;
        Ok(ExitCode::from(u8::try_from(status).unwrap_or(1)))
    }

    fn kept(&self) -> Result<Kept, Failure> {
        let home = self.state.home()?;
        let runs = match self.run {
            Some(run) => vec![run],
            None => {
                let state = State::open(&home.state_file())?;
                let runs = state.newest_runs(100)?.into_iter();
                runs.filter(|run| run.status != Some(Status::Succeeded)).map(|run| run.id).collect()
            }
        };
        for run in &runs {
            let all = intercepted(&home.run_folder(*run))?;
            let is_wanted = |kept: &Kept| self.step.as_ref().is_none_or(|step| *step == kept.name);
            if let Some(kept) = all.into_iter().rfind(is_wanted) {
                return Ok(kept);
            }
        }
        let step = self.step.as_ref().map_or_else(|| "a step".into(), |step| format!("a step `{step}`"));
        let place = self.run.map_or_else(|| "no run here has".into(), |run| format!("run {run} has not"));
        Err(Failure::new(format!("{place} kept {step} to look into"))
            .with_hint("the steps of the newest runs that failed are kept; `quayside runs` lists runs"))
    }
}
