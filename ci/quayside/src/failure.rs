//! Why a command could not do what it was asked to.

use std::fmt::Display;
use std::io;
use std::process::ExitCode;

use kit::redact;
use runner::outcome::Problem;
use runner::report::plain;

use crate::output::Output;

/// The exit status when something was found: errors of lint, a difference.
pub(crate) const FOUND: u8 = 1;
/// The exit status when the command could not do its work, as for a wrong command line.
pub(crate) const COULD_NOT: u8 = 2;

/// Why a command could not do its work, and what to do about it.
#[derive(Debug, thiserror::Error)]
#[error("{message}")]
pub(crate) struct Failure {
    message: String,
    hint: Option<String>,
    is_closed_pipe: bool,
}

impl Failure {
    pub(crate) fn new(message: impl Display) -> Self {
        Self { message: message.to_string(), hint: None, is_closed_pipe: false }
    }

    pub(crate) fn with_hint(mut self, hint: impl Display) -> Self {
        self.hint = Some(hint.to_string());
        self
    }

    fn told(&self) -> String {
        let hint = self.hint.iter().map(|hint| format!("\n  help: {hint}"));
        redact::scrub(&format!("error: {}{}", self.message, hint.collect::<String>())).into_owned()
    }

    /// Tells it on stderr; returns the exit status. A reader that went away is no failure.
    pub(crate) fn report(&self, output: &mut Output) -> ExitCode {
        if self.is_closed_pipe {
            return ExitCode::SUCCESS;
        }
        self.told().lines().for_each(|line| output.complain(&plain(line)));
        ExitCode::from(COULD_NOT)
    }
}

impl From<io::Error> for Failure {
    fn from(error: io::Error) -> Self {
        let is_closed_pipe = error.kind() == io::ErrorKind::BrokenPipe;
        Self { message: error.to_string(), hint: None, is_closed_pipe }
    }
}

impl From<Problem> for Failure {
    fn from(problem: Problem) -> Self {
        let failure = Self::new(&problem);
        match problem.advice() {
            Some(advice) => failure.with_hint(advice),
            None => failure,
        }
    }
}
