//! Words for advice.

use std::cell::Cell;

use pipeline::Span;

use crate::Diagnostic;

/// How alike two names must be, from 0 to 1, for one to be a typo of the other.
const LEAST_SIMILARITY: f64 = 0.75;

/// Returns the known name that a misspelt one most likely means.
pub(crate) fn nearest<'known>(name: &str, known: impl Iterator<Item = &'known str>) -> Option<&'known str> {
    // A single letter is like nothing.
    if name.len() < 2 {
        return None;
    }
    let lower = name.to_ascii_lowercase();
    let rated = known
        .filter(|other| *other != name)
        .map(|other| (similarity(&lower, &other.to_ascii_lowercase()), other));
    let best = rated
        .filter(|(similarity, _)| *similarity >= LEAST_SIMILARITY)
        .max_by(|one, other| one.0.total_cmp(&other.0));
    best.map(|(_, other)| other)
}

/// How alike two names are, from 0 to 1. Letters that changed places are the likeliest typo, which Jaro and Winkler's
/// measure passes over in short names.
fn similarity(one: &str, other: &str) -> f64 {
    if is_swapped(one.as_bytes(), other.as_bytes()) { 1.0 } else { strsim::jaro_winkler(one, other) }
}

/// Returns whether two neighbours that changed places are all the difference.
fn is_swapped(one: &[u8], other: &[u8]) -> bool {
    let Some(place) = one.iter().zip(other).position(|(one, other)| one != other) else { return false };
    match (&one[place..], &other[place..]) {
        ([a, b, rest @ ..], [c, d, others @ ..]) => a == d && b == c && rest == others,
        _ => false,
    }
}

/// Comparisons of names that are worth their time. Nobody reads more suggestions than these can give.
const MOST_COMPARISONS: usize = 2_000_000;

/// Known names, for the suggestions of a whole text: one that is full of mistakes gets them for its first ones.
pub(super) struct Known<'known> {
    names: Vec<&'known str>,
    left: Cell<usize>,
}

impl<'known> Known<'known> {
    pub(super) fn new(names: impl Iterator<Item = &'known str>) -> Self {
        let mut names: Vec<&str> = names.collect();
        names.sort_unstable();
        names.dedup();
        Self { names, left: Cell::new(MOST_COMPARISONS) }
    }

    /// Returns the known name that a misspelt one most likely means.
    pub(super) fn nearest(&self, name: &str) -> Option<&'known str> {
        let left = self.left.get().checked_sub(self.names.len())?;
        self.left.set(left);
        nearest(name, self.names.iter().copied())
    }

    pub(super) fn contains(&self, name: &str) -> bool {
        self.names.binary_search(&name).is_ok()
    }

    pub(super) fn names(&self) -> &[&'known str] {
        &self.names
    }
}

/// Proposes the known name that a misspelt one most likely means.
pub(super) fn with_nearest<'known>(
    diagnostic: Diagnostic,
    name: &str,
    known: impl Iterator<Item = &'known str>,
    span: Span,
) -> Diagnostic {
    match nearest(name, known) {
        Some(near) => diagnostic.suggestion(format!("write `{near}`"), span, near),
        None => diagnostic,
    }
}

/// Lists names: `a`, `b` and `c`.
pub(super) fn listed(names: &[&str]) -> String {
    joined(names, "and")
}

/// Lists choices: `a`, `b` or `c`.
pub(super) fn either(names: &[&str]) -> String {
    joined(names, "or")
}

fn joined(names: &[&str], word: &str) -> String {
    let quoted: Vec<String> = names.iter().map(|name| format!("`{name}`")).collect();
    match quoted.split_last() {
        Some((last, [])) => last.clone(),
        Some((last, others)) => format!("{} {word} {last}", others.join(", ")),
        None => String::new(),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_likely_typos_are_proposed() {
        let known = ["repository", "tag", "username"];
        let cases = [
            ("repositry", Some("repository")),
            ("Tag", Some("tag")),
            ("tags", Some("tag")),
            ("tga", Some("tag")),
            ("gat", None),
            ("verify", None),
            ("x", None),
            ("t", None),
        ];
        for (name, expected) in cases {
            assert_eq!(nearest(name, known.into_iter()), expected, "{name}");
        }
    }

    #[test]
    fn names_are_listed_in_words() {
        assert_eq!(listed(&["a"]), "`a`");
        assert_eq!(either(&["a", "b", "c"]), "`a`, `b` or `c`");
    }
}
