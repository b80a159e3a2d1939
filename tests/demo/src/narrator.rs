//! What the demo says between the commands.

use std::fmt::Display;
use std::io::{IsTerminal, Write};
use std::time::Duration;

/// What somebody who has seen it may want to do.
const NEXT: [(&str, &str); 5] = [
    ("one scene again", "./ci/demo path"),
    ("the same with a service of yours", "docs/tutorial.md"),
    ("check a pipeline before it is set", "cargo run -- lint your-pipeline.yml"),
    ("run one of its jobs on this machine", "cargo run -- run JOB -c your-pipeline.yml"),
    ("all tests, on the same servers", "./ci/test"),
];

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

    /// Says how long each scene took, and what to try next.
    pub(crate) fn end(&self, scenes: &[(&str, Duration)]) {
        self.write(format_args!("\n{}\n", bold("━━ That was quayside")));
        let all: Duration = scenes.iter().map(|(_, took)| *took).sum();
        for (name, took) in scenes.iter().copied().chain([("in all", all)]) {
            self.write(format_args!("  {name:<8} {:>6.1} s\n", took.as_secs_f64()));
        }
        self.write(format_args!("\nTo try next:\n"));
        for (what, how) in NEXT {
            self.write(format_args!("  {what:<38} {how}\n"));
        }
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
