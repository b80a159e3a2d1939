//! The steps of a run on a terminal, drawn anew as they go, with what they print above.

use std::cell::RefCell;
use std::io::Write;
use std::time::Instant;

use kit::redact;

use super::ansi::shown;
use super::lines::Unfinished;
use super::{Progress, Style, rows};
use crate::event::{Event, Listener};
use crate::plan::StepId;

/// How large a terminal is, in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Size {
    /// Characters in a row.
    pub columns: usize,
    /// Rows.
    pub rows: usize,
}

/// Draws on a terminal, whenever [`Live::draw`] is called.
pub struct Live<W> {
    drawing: RefCell<Drawing<W>>,
    style: Style,
    size: Box<dyn Fn() -> Size>,
    started: Instant,
}

struct Drawing<W> {
    writer: W,
    progress: Progress,
    unfinished: Unfinished,
    /// Lines that were printed since the last drawing.
    lines: String,
    /// How many rows of steps are on the screen now.
    drawn: usize,
}

/// Lines of steps that print faster than they are drawn are drawn early, from this many bytes on.
const MOST_WAITING: usize = 256 * 1024;

impl<W: Write> Live<W> {
    /// Draws into `writer`, which is a terminal of the size that `size` tells at the time.
    pub fn new(writer: W, style: Style, size: impl Fn() -> Size + 'static) -> Self {
        let drawing = Drawing {
            writer,
            progress: Progress::default(),
            unfinished: Unfinished::default(),
            lines: String::new(),
            drawn: 0,
        };
        Self { drawing: RefCell::new(drawing), style, size: Box::new(size), started: Instant::now() }
    }

    /// Draws what is new. Call this several times a second.
    pub fn draw(&self) {
        let mut drawing = self.drawing.borrow_mut();
        let size = (self.size)();
        let all = rows(&drawing.progress, self.started.elapsed(), self.style);
        // The steps leave at least half of the screen to what they print.
        let rows = around_what_runs(all, (size.rows / 2).max(3));
        drawing.draw(&rows, size.columns);
    }

    /// Draws what is left to be printed, and takes the steps off the screen: a summary follows.
    pub fn finish(&self) {
        let mut drawing = self.drawing.borrow_mut();
        drawing.draw(&[], 0);
    }
}

impl<W: Write> Listener for Live<W> {
    fn hear(&self, event: &Event) {
        let mut drawing = self.drawing.borrow_mut();
        match event {
            Event::Log { step, text } => {
                for line in drawing.unfinished.take(*step, text) {
                    drawing.print(*step, &line, self.style);
                }
            }
            Event::Finished { step, .. } => {
                if let Some(rest) = drawing.unfinished.rest(*step) {
                    drawing.print(*step, &rest, self.style);
                }
            }
            _ => {}
        }
        drawing.progress.hear(event, self.started.elapsed());
        let must_draw = drawing.lines.len() > MOST_WAITING;
        drop(drawing);
        if must_draw {
            self.draw();
        }
    }
}

impl<W: Write> Drawing<W> {
    fn print(&mut self, step: StepId, line: &str, style: Style) {
        let title = style.dim(&format!("{} |", self.progress.title(step)));
        let reset = if style == Style::Coloured { "\u{1b}[0m" } else { "" };
        self.lines.push_str(&format!("{title} {}{reset}\n", shown(line)));
    }

    /// Goes back to the first row, prints the new lines over the rows, and draws the rows below.
    fn draw(&mut self, rows: &[String], columns: usize) {
        let mut text = String::new();
        if self.drawn > 0 {
            text.push_str(&format!("\u{1b}[{}A\r\u{1b}[J", self.drawn));
        }
        text.push_str(&std::mem::take(&mut self.lines));
        for row in rows {
            // A secret that is cut would not be found any more.
            text.push_str(&cut(&redact::scrub(row), columns));
            text.push('\n');
        }
        self.drawn = rows.len();
        let _unread = self.writer.write_all(redact::scrub(&text).as_bytes());
        let _unread = self.writer.flush();
    }
}

/// Returns at most `count` rows: those around the first that runs.
fn around_what_runs(rows: Vec<String>, count: usize) -> Vec<String> {
    if rows.len() <= count {
        return rows;
    }
    let running = rows.iter().position(|row| row.contains('▶')).unwrap_or(rows.len());
    let first = running.saturating_sub(count / 2).min(rows.len() - count);
    rows.into_iter().skip(first).take(count).collect()
}

/// Cuts a row to a width, its colours not counted.
fn cut(row: &str, columns: usize) -> String {
    let mut kept = String::new();
    let mut width = 0;
    let mut is_escape = false;
    for character in row.chars() {
        if character == '\u{1b}' {
            is_escape = true;
        }
        if is_escape {
            is_escape = character != 'm';
            kept.push(character);
            continue;
        }
        width += 1;
        if width < columns {
            kept.push(character);
        }
    }
    kept
}
