//! Plain lines, for a file or another program's log: every line says which step it is of.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io::Write;
use std::time::{Duration, Instant};

use kit::redact;

use super::ansi::plain;
use super::duration::told;
use super::{Condition, Progress, Style};
use crate::event::{Event, Listener};
use crate::outcome::Status;
use crate::plan::StepId;

/// Takes a step's text apart into lines. A part of a line waits for its rest.
#[derive(Debug, Default)]
pub(super) struct Unfinished {
    parts: BTreeMap<StepId, String>,
}

/// A part of a line that is longer is told without waiting for its rest, in bytes.
const LONGEST_PART: usize = 64 * 1024;

impl Unfinished {
    /// Takes text in; returns the lines that are whole now.
    pub(super) fn take(&mut self, step: StepId, text: &str) -> Vec<String> {
        let mut pending = self.parts.remove(&step).unwrap_or_default();
        pending.push_str(text);
        let mut lines: Vec<String> = pending.split('\n').map(str::to_owned).collect();
        if let Some(last) = lines.pop_if(|last| last.len() <= LONGEST_PART)
            && !last.is_empty()
        {
            self.parts.insert(step, last);
        }
        lines
    }

    /// Returns the part of a line that a step left.
    pub(super) fn rest(&mut self, step: StepId) -> Option<String> {
        self.parts.remove(&step)
    }
}

/// Writes plain lines. When nobody reads them, so be it: the run goes on.
pub struct Lines<W> {
    writing: RefCell<Writing<W>>,
    style: Style,
    clock: Box<dyn Fn() -> Duration>,
}

struct Writing<W> {
    writer: W,
    progress: Progress,
    unfinished: Unfinished,
}

impl<W: Write> Lines<W> {
    /// Writes into `writer`, as things happen.
    pub fn new(writer: W, style: Style) -> Self {
        let started = Instant::now();
        Self::by_clock(writer, style, move || started.elapsed())
    }

    /// Writes into `writer`; `clock` tells the time since the start of the run.
    pub fn by_clock(writer: W, style: Style, clock: impl Fn() -> Duration + 'static) -> Self {
        let writing = Writing { writer, progress: Progress::default(), unfinished: Unfinished::default() };
        Self { writing: RefCell::new(writing), style, clock: Box::new(clock) }
    }
}

impl<W: Write> Listener for Lines<W> {
    fn hear(&self, event: &Event) {
        let mut writing = self.writing.borrow_mut();
        let now = (self.clock)();
        let Event::Log { step, text } = event else {
            if let Some(step) = ended_step(event) {
                if let Some(rest) = writing.unfinished.rest(step) {
                    writing.log_line(step, &rest, self.style);
                }
                writing.progress.hear(event, now);
                writing.end(step, self.style);
                writing.flush();
            } else {
                writing.progress.hear(event, now);
            }
            return;
        };
        for line in writing.unfinished.take(*step, text) {
            writing.log_line(*step, &line, self.style);
        }
        writing.flush();
    }
}

fn ended_step(event: &Event) -> Option<StepId> {
    match event {
        Event::Finished { step, .. } | Event::Skipped { step } => Some(*step),
        _ => None,
    }
}

impl<W: Write> Writing<W> {
    fn log_line(&mut self, step: StepId, line: &str, style: Style) {
        let title = self.progress.title(step);
        self.line(&format!("{} {}", style.dim(&format!("{title} |")), plain(line)));
    }

    fn end(&mut self, step: StepId, style: Style) {
        let Some(shown) = self.progress.step(step) else { return };
        if !shown.acts() {
            return;
        }
        let version = shown
            .version
            .as_ref()
            .map(|version| format!(" ({})", plain(&version.to_string())))
            .unwrap_or_default();
        let end = match shown.condition {
            Condition::Ended { status, took, exit_status } => {
                let exit = exit_status.filter(|code| *code != 0 && status == Status::Failed);
                let exit = exit.map(|code| format!(" with exit status {code}")).unwrap_or_default();
                format!("{}{exit} after {}{version}", style.status(status, status.word()), told(took))
            }
            _ => "left out".to_owned(),
        };
        let title = self.progress.title(step);
        self.line(&format!("{}: {end}", style.bold(&title)));
    }

    fn line(&mut self, line: &str) {
        let _unread = writeln!(self.writer, "{}", redact::scrub(line));
    }

    /// Lets readers see what was written: once for all lines that came together.
    fn flush(&mut self) {
        let _unread = self.writer.flush();
    }
}
