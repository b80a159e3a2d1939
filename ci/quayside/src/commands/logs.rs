//! `quayside logs`.

use std::cell::Cell;
use std::io::stdout;
use std::process::ExitCode;
use std::rc::Rc;
use std::time::Duration;

use clap::Args;
use runner::event::{Event, Listener, Tree};
use runner::plan::StepId;
use runner::report::{Lines, Style, What, read_log};

use crate::execution::{LOG, StateFlags};
use crate::failure::Failure;
use crate::output::Output;

/// Shows what the steps of a run printed.
#[derive(Args)]
#[command(after_help = "Examples:
  quayside logs 12
  quayside logs 12 unit
  quayside logs 12 --json")]
pub(crate) struct LogsArgs {
    /// The run, by its number.
    run: i64,
    /// Shows this step alone.
    step: Option<String>,
    /// Shows all that happened as JSON, a line each.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    state: StateFlags,
}

impl LogsArgs {
    pub(super) fn run(self, output: &mut Output) -> Result<ExitCode, Failure> {
        let file = self.state.home()?.run_folder(self.run).join(LOG);
        if !file.exists() {
            return Err(Failure::new(format!("there is no log of a run {}", self.run))
                .with_hint("`quayside runs` lists the runs; logs of old ones are removed"));
        }
        if self.json {
            for record in read_log(&file)? {
                let line = serde_json::to_string(&record).map_err(Failure::new)?;
                output.line(&line)?;
            }
            return Ok(ExitCode::SUCCESS);
        }
        let style = if output.has_colours() { Style::Coloured } else { Style::Plain };
        let time = Rc::new(Cell::new(0));
        let clock = Rc::clone(&time);
        let lines = Lines::by_clock(stdout(), style, move || Duration::from_millis(clock.get()));
        let mut steps = Steps { name: self.step.as_deref(), known: Vec::new() };
        for record in read_log(&file)? {
            time.set(u64::try_from(record.time).unwrap_or_default());
            if let What::Step(event) = record.what
                && steps.has(&event)
            {
                lines.hear(&event);
            }
        }
        match &self.step {
            Some(step) if steps.known.is_empty() => {
                Err(Failure::new(format!("run {} has no step `{step}`", self.run))
                    .with_hint(format!("`quayside logs {}` shows all of them", self.run)))
            }
            _ => Ok(ExitCode::SUCCESS),
        }
    }
}

/// The steps that are shown.
struct Steps<'run> {
    name: Option<&'run str>,
    known: Vec<StepId>,
}

impl Steps<'_> {
    /// Returns whether an event is to be shown; learns which steps have the name.
    fn has(&mut self, event: &Event) -> bool {
        let Some(name) = self.name else { return true };
        match event {
            Event::Planned { tree, .. } => {
                tree.walk(&mut |tree: &Tree| {
                    if tree.name == name {
                        self.known.push(tree.step);
                    }
                });
                true
            }
            Event::Started { step }
            | Event::Log { step, .. }
            | Event::Version { step, .. }
            | Event::Finished { step, .. }
            | Event::Skipped { step } => self.known.contains(step),
        }
    }
}
