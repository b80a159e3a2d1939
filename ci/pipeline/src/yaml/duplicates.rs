//! Keys written twice in one map, which Concourse refuses before it does anything else.

use std::collections::HashMap;

use super::gofmt;
use crate::source::Span;

/// A key that its map already had.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct DuplicateKey {
    /// The key as written.
    pub key: String,
    /// Where it is written again.
    pub span: Span,
    /// Where it was written first.
    pub first: Span,
}

impl DuplicateKey {
    /// Returns the message in Concourse's words. `first_line` is the line of the first key, from 1.
    pub fn message(&self, first_line: usize) -> String {
        format!("mapping key {} already defined at line {first_line}", gofmt::quote(&self.key))
    }
}

/// The key of a map as the check compares it: its text before anything is resolved, so that `1` and
/// `"1"` are the same and `yes` and `true` are not.
pub(super) struct WrittenKey {
    /// The text, when it is not what stands at its place.
    pub(super) other_text: Option<String>,
    pub(super) span: Span,
}

impl WrittenKey {
    fn text<'key>(&'key self, source: &'key str) -> &'key str {
        self.other_text.as_deref().unwrap_or_else(|| source.get(self.span.range()).unwrap_or_default())
    }
}

/// Up to this many keys are compared with each other; an index costs more.
const COMPARE_UP_TO: usize = 24;

/// Returns the keys that come again, each with the first of its kind.
pub(super) fn find(source: &str, keys: &[WrittenKey]) -> Vec<DuplicateKey> {
    let duplicate = |key: &WrittenKey, first: Span| DuplicateKey {
        key: key.text(source).to_owned(),
        span: key.span,
        first,
    };
    if keys.len() <= COMPARE_UP_TO {
        let earlier = |index: usize| {
            let key = &keys[index];
            let first = keys[..index].iter().find(|other| other.text(source) == key.text(source))?;
            Some(duplicate(key, first.span))
        };
        return (0..keys.len()).filter_map(earlier).collect();
    }
    let mut first: HashMap<&str, Span> = HashMap::with_capacity(keys.len());
    let mut found = Vec::new();
    for key in keys {
        match first.get(key.text(source)) {
            Some(earlier) => found.push(duplicate(key, *earlier)),
            None => {
                first.insert(key.text(source), key.span);
            }
        }
    }
    found
}
