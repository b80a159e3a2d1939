//! Comments, which YAML itself forgets.

use crate::source::Span;

/// A comment of the text.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Comment {
    /// The text after `#`, trimmed.
    pub text: String,
    /// From `#` to the end of the line.
    pub span: Span,
    /// Whether nothing but blanks stands before it on its line.
    pub own_line: bool,
}

impl Comment {
    pub(crate) fn new(source: &str, span: Span) -> Self {
        let text = source.get(span.range()).unwrap_or_default().trim_start_matches('#').trim();
        let before = source.get(..span.start()).unwrap_or_default();
        let line = before.rsplit(['\n', '\r']).next().unwrap_or_default();
        Self { text: text.into(), span, own_line: line.trim().is_empty() }
    }
}
