//! Colours, where they are wanted.

use crate::outcome::Status;

/// Whether to write in colours.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Style {
    /// No colours.
    Plain,
    /// Colours, as a terminal shows them.
    Coloured,
}

impl Style {
    /// Returns text in the colour of a status.
    pub fn status(self, status: Status, text: &str) -> String {
        let colour = match status {
            Status::Succeeded => "32",
            Status::Failed => "31",
            Status::Errored => "33",
            Status::Aborted => "35",
        };
        self.painted(colour, text)
    }

    /// Returns text that matters less.
    pub fn dim(self, text: &str) -> String {
        self.painted("2", text)
    }

    /// Returns text that runs now.
    pub fn running(self, text: &str) -> String {
        self.painted("36", text)
    }

    /// Returns text that matters more.
    pub fn bold(self, text: &str) -> String {
        self.painted("1", text)
    }

    fn painted(self, code: &str, text: &str) -> String {
        match self {
            Self::Plain => text.to_owned(),
            Self::Coloured => format!("\u{1b}[{code}m{text}\u{1b}[0m"),
        }
    }
}

/// Returns the sign of a status.
pub(super) fn sign(status: Status) -> &'static str {
    match status {
        Status::Succeeded => "✓",
        Status::Failed => "✗",
        Status::Errored => "!",
        Status::Aborted => "⏹",
    }
}
