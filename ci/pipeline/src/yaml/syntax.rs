//! What the syntax parser says, in this crate's terms.

use granit_parser::{ErrorKind, Event, ScanError, Span as Marks};

use super::{MAX_DEPTH, ReadError};
use crate::source::Span;

/// Returns what stands behind the first document, if that is more than comments.
pub(super) fn rest<'text>(
    text: &'text str,
    events: impl Iterator<Item = ParseResult<'text>>,
) -> Option<Span> {
    for event in events {
        match event {
            Ok((Event::DocumentStart(..), marks)) => {
                return Some(Span::new(span_of(text, marks).start(), text.len()));
            }
            Ok((Event::StreamEnd, _)) => return None,
            Ok(_) => {}
            Err(error) => return Some(Span::new(syntax_error(text, &error).span.start(), text.len())),
        }
    }
    None
}

/// What the parser hands out, one after the other.
pub(super) type ParseResult<'text> = Result<(Event<'text>, Marks), ScanError>;

/// Returns the bytes that the parser marks.
pub(super) fn span_of(text: &str, marks: Marks) -> Span {
    match marks.byte_range() {
        Some(range) => Span::new(range.start, range.end),
        None => Span::new(text.len(), text.len()),
    }
}

/// Returns the parser's error, in go-yaml's words where they are known.
pub(super) fn syntax_error(text: &str, error: &ScanError) -> ReadError {
    let at = error.marker().byte_offset().unwrap_or(text.len()).min(text.len());
    let span = Span::new(at, at);
    match error.kind() {
        ErrorKind::RecursionLimitExceeded => too_deep(span),
        ErrorKind::UnknownAnchor => {
            let alias = text[at..].strip_prefix('*').unwrap_or_default();
            let end = alias.find(|character: char| character.is_whitespace() || ",[]{}".contains(character));
            let name = &alias[..end.unwrap_or(alias.len())];
            ReadError::new(format!("unknown anchor '{name}' referenced"), Span::new(at, at + 1 + name.len()))
        }
        _ => ReadError::new(error.info(), span),
    }
}

/// Returns the error for lists and maps that nest too deep.
pub(super) fn too_deep(span: Span) -> ReadError {
    ReadError::new(format!("exceeded max depth of {MAX_DEPTH}"), span)
}
