//! The steps of a run as rows, one below the other.

use std::time::Duration;

use super::ansi::plain;
use super::duration::told;
use super::style::sign;
use super::{Condition, Progress, Shown, Style};
use crate::plan::StepId;

/// Returns the rows of a run's steps. Steps that only hold others together have none.
pub fn rows(progress: &Progress, now: Duration, style: Style) -> Vec<String> {
    let mut drawing = Drawing { progress, now, style, rows: Vec::new() };
    for root in progress.roots() {
        drawing.step(*root, 0, "");
    }
    drawing.rows
}

struct Drawing<'run> {
    progress: &'run Progress,
    now: Duration,
    style: Style,
    rows: Vec<String>,
}

impl Drawing<'_> {
    /// Draws a step and those below it. A word in front says when a hook runs.
    fn step(&mut self, id: StepId, depth: usize, before: &str) {
        let Some(shown) = self.progress.step(id) else { return };
        let depth = if shown.label.is_empty() {
            depth
        } else {
            self.heading(&shown.label, depth);
            depth + 1
        };
        match shown.key.as_str() {
            "do" | "timeout" => shown.children.iter().for_each(|child| self.step(*child, depth, before)),
            "ensure" | "on_success" | "on_failure" | "on_error" | "on_abort" => {
                self.hook(shown, depth, before)
            }
            _ if shown.acts() => {
                self.acting(shown, depth, before);
                shown.children.iter().for_each(|child| self.step(*child, depth, ""));
            }
            _ => {
                self.heading(&format!("{before}{}", shown.key), depth);
                shown.children.iter().for_each(|child| self.step(*child, depth + 1, ""));
            }
        }
    }

    fn hook(&mut self, shown: &Shown, depth: usize, before: &str) {
        let [step, hook] = shown.children.as_slice() else { return };
        self.step(*step, depth, before);
        self.step(*hook, depth + 1, &format!("{}: ", shown.key));
    }

    fn heading(&mut self, text: &str, depth: usize) {
        self.rows.push(format!("{}  {}", "  ".repeat(depth), self.style.dim(text)));
    }

    fn acting(&mut self, shown: &Shown, depth: usize, before: &str) {
        let title = format!("{before}{}", shown.title());
        let style = self.style;
        let row = match shown.condition {
            Condition::Waiting => format!("{} {}", style.dim("·"), style.dim(&title)),
            Condition::Skipped => {
                format!("{} {} {}", style.dim("-"), style.dim(&title), style.dim("left out"))
            }
            Condition::Running { since } => {
                let took = told(self.now.saturating_sub(since));
                format!("{} {title}  {}", style.running("▶"), style.running(&took))
            }
            Condition::Ended { status, took, exit_status } => {
                let exit = match exit_status {
                    Some(code) if code != 0 => format!("  exit status {code}"),
                    _ => String::new(),
                };
                let version = shown
                    .version
                    .as_ref()
                    .map(|version| format!("  {}", plain(&version.to_string())))
                    .unwrap_or_default();
                let end = style.dim(&format!("{}{version}", told(took)));
                format!(
                    "{} {title}  {end}{}",
                    style.status(status, sign(status)),
                    style.status(status, &exit)
                )
            }
        };
        self.rows.push(format!("{}{row}", "  ".repeat(depth)));
    }
}
