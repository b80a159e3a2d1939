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
    pub(super) text: String,
    pub(super) span: Span,
}

/// Returns the keys that come again, each with the first of its kind.
pub(super) fn find(keys: &[WrittenKey]) -> Vec<DuplicateKey> {
    let mut first: HashMap<&str, Span> = HashMap::with_capacity(keys.len());
    let mut found = Vec::new();
    for key in keys {
        match first.get(key.text.as_str()) {
            Some(earlier) => {
                found.push(DuplicateKey { key: key.text.clone(), span: key.span, first: *earlier });
            }
            None => {
                first.insert(&key.text, key.span);
            }
        }
    }
    found
}
