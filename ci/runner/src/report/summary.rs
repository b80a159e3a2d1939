//! What is said at the end of a run.

use std::time::Duration;

use super::ansi::plain;
use super::duration::told;
use super::{Condition, Progress, Shown, Style, rows};
use crate::outcome::Status;
use crate::plan::StepId;

/// What a summary tells beside the steps.
#[derive(Clone)]
pub struct Summary<'run> {
    /// The run's number.
    pub run: i64,
    /// What was run: `job build of app`.
    pub title: &'run str,
    /// How it ended.
    pub status: Status,
    /// Why it errored.
    pub message: Option<&'run str>,
    /// How long it took.
    pub took: Duration,
    /// The command that runs a step again.
    pub again: &'run dyn Fn(&Shown) -> Option<String>,
}

/// Returns the summary as lines: the steps, how it all ended, and what can be done about it.
pub fn summary(progress: &Progress, summary: &Summary<'_>, style: Style) -> Vec<String> {
    let mut lines = rows(progress, summary.took, style);
    let end = style.status(summary.status, summary.status.word());
    let (title, took) = (style.bold(&plain(summary.title)), told(summary.took));
    lines.push(String::new());
    lines.push(format!("{title} {end} after {took} (run {})", summary.run));
    let message = summary.message.into_iter().flat_map(str::lines);
    lines.extend(message.map(|line| format!("  {}", plain(line))));
    for (_, step) in failed_steps(progress) {
        let name = &step.name;
        let advice = |what: &str, command: String| format!("  {what:<7} {}", style.running(&command));
        lines.push(advice("log", format!("quayside logs {} {name}", summary.run)));
        if step.key == "task" {
            lines.push(advice("shell", format!("quayside intercept --run {} {name}", summary.run)));
        }
        lines.extend((summary.again)(step).map(|command| advice("again", command)));
    }
    lines
}

/// Returns the steps that failed or errored themselves. Of the tries of one step only the last counts.
pub fn failed_steps(progress: &Progress) -> Vec<(StepId, &Shown)> {
    let mut failed: Vec<(StepId, &Shown)> = Vec::new();
    for (id, shown) in progress.steps().filter(|(_, shown)| shown.acts()) {
        failed.retain(|(_, other)| (&other.key, &other.name) != (&shown.key, &shown.name));
        if matches!(shown.condition, Condition::Ended { status: Status::Failed | Status::Errored, .. }) {
            failed.push((id, shown));
        }
    }
    failed
}
