//! Words for advice.

use pipeline::Span;

use crate::Diagnostic;

/// How alike two names must be, from 0 to 1, for one to be a typo of the other.
const LEAST_SIMILARITY: f64 = 0.75;

/// Returns the known name that a misspelt one most likely means.
pub(super) fn nearest<'known>(name: &str, known: impl Iterator<Item = &'known str>) -> Option<&'known str> {
    let lower = name.to_ascii_lowercase();
    let rated = known
        .filter(|other| *other != name)
        .map(|other| (strsim::jaro_winkler(&lower, &other.to_ascii_lowercase()), other));
    let best = rated
        .filter(|(similarity, _)| *similarity >= LEAST_SIMILARITY)
        .max_by(|one, other| one.0.total_cmp(&other.0));
    best.map(|(_, other)| other)
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
            ("verify", None),
            ("x", None),
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
