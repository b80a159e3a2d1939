//! What the demo says between the commands.

use std::fmt::Display;
use std::io::{IsTerminal, Write};
use std::time::Duration;

/// Writes the demo's story to stdout.
pub(crate) struct Narrator;

impl Narrator {
    /// Opens a scene.
    pub(crate) fn scene(&self, title: &str) {
        self.write(format_args!("\n{}\n", bold(&format!("━━ {title}"))));
    }

    /// Says what comes next.
    pub(crate) fn say(&self, text: impl Display) {
        self.write(format_args!("\n{text}\n"));
    }

    /// Shows a command as a user types it.
    pub(crate) fn command(&self, command: impl Display) {
        self.write(format_args!("{}\n", bold(&format!("$ {command}"))));
    }

    /// Shows what a command printed, indented.
    pub(crate) fn output(&self, text: &str) {
        for line in text.lines() {
            self.write(format_args!("  {line}\n"));
        }
    }

    /// Says which scene failed, and why.
    pub(crate) fn failed(&self, scene: &str, problem: &str) {
        self.write(format_args!("\nthe scene `{scene}` failed: {problem}\n"));
    }

    /// Says that it is over, and what to try next.
    pub(crate) fn end(&self, took: Duration) {
        self.write(format_args!(
            "\n{} in {:.1} s. Nothing of it is left running.\nNext: docs/quay-image.md, or `./ci/test`.\n",
            bold("That was quayside"),
            took.as_secs_f64()
        ));
    }

    /// Who closes stdout has seen enough.
    fn write(&self, text: std::fmt::Arguments<'_>) {
        let mut stdout = std::io::stdout().lock();
        let _ = stdout.write_fmt(text).and_then(|()| stdout.flush());
    }
}

fn bold(text: &str) -> String {
    if std::io::stdout().is_terminal() { format!("\x1b[1m{text}\x1b[0m") } else { text.to_owned() }
}
