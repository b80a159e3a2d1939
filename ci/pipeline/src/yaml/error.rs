//! Why a text cannot be read as YAML.

use crate::source::Span;

/// Why a text cannot be read as YAML, and where.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("{message}")]
pub struct ReadError {
    /// What is wrong, in go-yaml's words where it has some.
    pub message: String,
    /// What to do about it, when there is advice.
    pub hint: Option<&'static str>,
    /// Where.
    pub span: Span,
}

impl ReadError {
    pub(crate) fn new(message: impl Into<String>, span: Span) -> Self {
        Self { message: message.into(), hint: None, span }
    }

    pub(crate) fn with_hint(mut self, hint: &'static str) -> Self {
        self.hint = Some(hint);
        self
    }
}
