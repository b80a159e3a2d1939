//! Where variables stand, to the character.

use std::borrow::Cow;
use std::cell::RefCell;
use std::collections::{HashMap, VecDeque};
use std::ops::Range;

use super::{Reference, Variables, occurrences, uses};
use crate::source::{Source, Span};
use crate::yaml::Node;

/// A variable and where it stands.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PlacedUse {
    /// The text between the parentheses.
    pub name: String,
    /// What it refers to; nothing when it is no valid reference.
    pub reference: Option<Reference>,
    /// The `((name))`; the whole scalar when that is not written there, as in the value of another variable.
    pub span: Span,
    /// The scalar that holds it.
    pub scalar: Span,
    /// Whether `span` is that of the variable itself.
    pub is_written: bool,
}

/// Returns where a tree uses variables, in the order of the text.
pub fn placed_uses(root: &Node, source: &Source) -> Vec<PlacedUse> {
    let mut placed = Vec::new();
    // Uses of one scalar follow each other; `left` are those written in it that are still to come.
    let (mut scalar, mut left): (Option<Span>, VecDeque<(String, Span)>) = (None, VecDeque::new());
    for used in uses(root) {
        if scalar != Some(used.span) {
            (scalar, left) = (Some(used.span), written_in(source, used.span));
        }
        // An escape may hide a name; then those behind it must still be found.
        let found = left.iter().take(MOST_HIDDEN).position(|(name, _)| *name == used.name);
        let span = found.and_then(|position| left.drain(..=position).next_back()).map(|(_, span)| span);
        placed.push(PlacedUse {
            name: used.name,
            reference: used.reference,
            span: span.unwrap_or(used.span),
            scalar: used.span,
            is_written: span.is_some(),
        });
    }
    placed
}

/// How many names in a row are looked through when escapes hide some.
const MOST_HIDDEN: usize = 64;

/// Finds where scalars say `((name))`. The scalar asked for last is kept, since questions about one follow each other.
pub struct Places<'source> {
    source: &'source Source,
    last: RefCell<(Option<Span>, HashMap<String, Span>)>,
}

impl<'source> Places<'source> {
    /// Looks in a text.
    pub fn new(source: &'source Source) -> Self {
        Self { source, last: RefCell::default() }
    }

    /// Returns where a scalar says `((name))` first; the whole scalar when it does not.
    pub fn of(&self, scalar: Span, name: &str) -> Span {
        let mut last = self.last.borrow_mut();
        if last.0 != Some(scalar) {
            // The first of a name wins, so it goes in last.
            *last = (Some(scalar), written_in(self.source, scalar).into_iter().rev().collect());
        }
        last.1.get(name).copied().unwrap_or(scalar)
    }
}

fn written_in(source: &Source, scalar: Span) -> VecDeque<(String, Span)> {
    let written = source.slice(scalar);
    // In double quotes a name's own quotes are written `\"`. What takes the backslash's place keeps all offsets, and
    // may stand in a name.
    let is_escaped = written.starts_with('"') && written.contains("\\\"");
    let text = if is_escaped { Cow::Owned(written.replace("\\\"", "\"@")) } else { Cow::Borrowed(written) };
    let place = |range: Range<usize>| Span::new(scalar.start() + range.start, scalar.start() + range.end);
    let name = |name: &str| if is_escaped { name.replace("\"@", "\"") } else { name.to_owned() };
    occurrences(&text).into_iter().map(|found| (name(found.name), place(found.range))).collect()
}

/// Returns where a tree uses variables that need a value when the pipeline is set, and have none: those that are
/// neither of the build nor of a source.
pub fn missing_uses(root: &Node, source: &Source, variables: &dyn Variables) -> Vec<PlacedUse> {
    let is_missing = |used: &PlacedUse| {
        used.reference.as_ref().is_some_and(|reference| {
            reference.source.is_none() && matches!(variables.get(reference), Ok(None))
        })
    };
    placed_uses(root, source).into_iter().filter(is_missing).collect()
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::yaml;

    #[test]
    fn each_use_has_its_own_place() {
        let text = "a: x-((a))-((b))-((a))\n\
                    b: \"((\\\"q.r\\\".s)) \\u0028(hidden)) ((c))\"\n\
                    c: |\n  one\n  two ((d))\n((key)): '((e))'\n";
        let source = Source::new("p.yml", text);
        let root = yaml::read(text).unwrap().root.unwrap();
        let found: Vec<(String, &str, usize)> = placed_uses(&root, &source)
            .into_iter()
            .map(|used| {
                let written = source.slice(used.span);
                (used.name, if used.is_written { written } else { "" }, source.line_number(used.span.start()))
            })
            .collect();
        let expected = [
            ("key", "((key))", 6),
            ("a", "((a))", 1),
            ("b", "((b))", 1),
            ("a", "((a))", 1),
            ("\"q.r\".s", "((\\\"q.r\\\".s))", 2),
            ("hidden", "", 2),
            ("c", "((c))", 2),
            ("d", "((d))", 5),
            ("e", "((e))", 6),
        ];
        assert_eq!(found, expected.map(|(name, written, line)| (name.to_owned(), written, line)));
    }
}
