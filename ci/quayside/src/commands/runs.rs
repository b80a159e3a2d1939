//! `quayside runs`.

use std::process::ExitCode;
use std::time::Duration;

use clap::Args;
use runner::report::{Style, plain, told};
use runner::state::{Run, State};
use serde_json::json;

use crate::execution::{StateFlags, local_time, note_broken};
use crate::failure::Failure;
use crate::output::Output;

/// Lists the newest runs of this machine.
#[derive(Args)]
#[command(after_help = "Examples:
  quayside runs
  quayside runs --json --count 100")]
pub(crate) struct RunsArgs {
    /// How many.
    #[arg(long, value_name = "NUMBER", default_value_t = 20)]
    count: usize,
    /// Lists them as JSON, a line each.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    state: StateFlags,
}

impl RunsArgs {
    pub(super) fn run(self, output: &mut Output) -> Result<ExitCode, Failure> {
        let home = self.state.home()?;
        let mut state = State::open(&home.state_file())?;
        note_broken(&mut state, |run| home.run_folder(run))?;
        let style = if output.has_colours() { Style::Coloured } else { Style::Plain };
        for run in state.newest_runs(self.count)? {
            let line = if self.json { as_json(&run) } else { as_line(&run, style) };
            output.line(&line)?;
        }
        Ok(ExitCode::SUCCESS)
    }
}

fn as_json(run: &Run) -> String {
    json!({
        "run": run.id,
        "pipeline": run.pipeline,
        "job": run.job,
        "number": run.number,
        "title": run.title,
        "status": run.status.map_or("running", |status| status.word()),
        "started": run.started,
        "ended": run.ended,
    })
    .to_string()
}

fn as_line(run: &Run, style: Style) -> String {
    let status = match run.status {
        Some(status) => style.status(status, &format!("{:<9}", status.word())),
        None => style.running("running  "),
    };
    let took = run.ended.and_then(|ended| u64::try_from(ended - run.started).ok());
    let took = took.map(|milliseconds| told(Duration::from_millis(milliseconds))).unwrap_or_default();
    let number = run.number.map(|number| format!(" #{number}")).unwrap_or_default();
    format!("{:>5}  {status}  {}  {took:>11}  {}{number}", run.id, local_time(run.started), plain(&run.title))
}
