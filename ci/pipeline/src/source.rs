//! Text with a name, and places in it.

use std::ops::Range;

/// A stretch of a source text, in bytes.
///
/// Lines and columns are worked out from the text when they are shown, see [`Source::position`].
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Span {
    start: u32,
    end: u32,
}

impl Span {
    /// Returns the span from `start` up to and without `end`. Texts over 4 GiB are refused by the
    /// reader, so offsets beyond that are clamped.
    pub fn new(start: usize, end: usize) -> Self {
        let clamp = |offset: usize| u32::try_from(offset).unwrap_or(u32::MAX);
        Self { start: clamp(start), end: clamp(end.max(start)) }
    }

    /// Returns the offset of the first byte.
    pub fn start(self) -> usize {
        self.start as usize
    }

    /// Returns the offset after the last byte.
    pub fn end(self) -> usize {
        self.end as usize
    }

    /// Returns the bytes as a range.
    pub fn range(self) -> Range<usize> {
        self.start()..self.end()
    }

    /// Returns whether the span holds no bytes.
    pub fn is_empty(self) -> bool {
        self.start == self.end
    }

    /// Returns whether `other` lies within this span.
    pub fn contains(self, other: Span) -> bool {
        self.start <= other.start && other.end <= self.end
    }

    /// Returns the smallest span that holds both.
    #[must_use]
    pub fn to(self, other: Span) -> Self {
        Self { start: self.start.min(other.start), end: self.end.max(other.end) }
    }
}

/// A place as people and editors count it: both from 1, the column in characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Position {
    /// The line, from 1.
    pub line: usize,
    /// The column in characters, from 1.
    pub column: usize,
}

/// A value and where it was written.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Spanned<T> {
    /// The value.
    pub value: T,
    /// Where it stands in the source.
    pub span: Span,
}

impl<T> Spanned<T> {
    /// Joins a value and its place.
    pub fn new(value: T, span: Span) -> Self {
        Self { value, span }
    }
}

impl<T> std::ops::Deref for Spanned<T> {
    type Target = T;

    fn deref(&self) -> &T {
        &self.value
    }
}

/// A text, its name, and where its lines start.
#[derive(Clone, Debug)]
pub struct Source {
    name: String,
    text: String,
    line_starts: Vec<usize>,
    /// Then columns need no counting.
    is_ascii: bool,
}

impl Source {
    /// Takes a text under the name that messages give it, usually its path.
    pub fn new(name: impl Into<String>, text: impl Into<String>) -> Self {
        let text = text.into();
        let breaks =
            text.bytes().enumerate().filter(|(_, byte)| *byte == b'\n').map(|(offset, _)| offset + 1);
        let line_starts = std::iter::once(0).chain(breaks).collect();
        let is_ascii = text.is_ascii();
        Self { name: name.into(), text, line_starts, is_ascii }
    }

    /// Returns the name that messages give this text.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// Returns the whole text.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Returns the text of a span; nothing when the span is not of this source.
    pub fn slice(&self, span: Span) -> &str {
        self.text.get(span.range()).unwrap_or_default()
    }

    /// Returns line and column of a byte offset. An offset past the end is the end.
    pub fn position(&self, offset: usize) -> Position {
        let offset = offset.min(self.text.len());
        let line = self.line_number(offset);
        let start = self.line_starts[line - 1];
        let before = self.text.get(start..offset).filter(|_| !self.is_ascii);
        let column = before.map_or(offset - start, |before| before.chars().count()) + 1;
        Position { line, column }
    }

    /// Returns the line of a byte offset, from 1, without the price of its column.
    pub fn line_number(&self, offset: usize) -> usize {
        self.line_starts.partition_point(|start| *start <= offset.min(self.text.len()))
    }

    /// Returns the span of a whole line without its line break, counted from 1.
    pub fn line(&self, number: usize) -> Option<Span> {
        let start = *self.line_starts.get(number.checked_sub(1)?)?;
        let next = self.line_starts.get(number).copied().unwrap_or(self.text.len());
        let line = self.text.get(start..next)?.trim_end_matches(['\r', '\n']);
        Some(Span::new(start, start + line.len()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_from_one() {
        let source = Source::new("x", "a: é\r\nb: 2\n");
        let cases =
            [("start", 0, (1, 1)), ("after é", 5, (1, 5)), ("second line", 7, (2, 1)), ("end", 99, (3, 1))];
        for (case, offset, (line, column)) in cases {
            assert_eq!(source.position(offset), Position { line, column }, "{case}");
        }
        assert_eq!(source.line(1).map(|span| source.slice(span)), Some("a: é"));
        assert_eq!(source.line(4), None);
    }

    #[test]
    fn foreign_spans_are_empty_text() {
        let source = Source::new("x", "é");
        for span in [Span::new(0, 1), Span::new(5, 9)] {
            assert_eq!(source.slice(span), "");
        }
    }
}
