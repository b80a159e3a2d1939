//! Making the changes that findings propose.

use std::collections::BTreeMap;

use pipeline::Span;

use crate::{Diagnostic, Fix};

/// Makes the safe changes of one file's findings and returns the new text and how many were made.
///
/// Changes that overlap an earlier one are left for the next time.
pub fn apply_fixes(text: &str, file: usize, diagnostics: &[Diagnostic]) -> (String, usize) {
    let fixes = diagnostics.iter().filter(|diagnostic| diagnostic.label.file == file);
    let mut fixes: Vec<&Fix> =
        fixes.filter_map(|diagnostic| diagnostic.fix.as_ref()).filter(|fix| fix.is_safe).collect();
    fixes.sort_by_key(|fix| fix.edits.iter().map(|(span, _)| *span).min());
    let mut edits: BTreeMap<Span, &str> = BTreeMap::new();
    let mut made = 0;
    for fix in fixes {
        if fix.edits.iter().all(|(span, _)| fits(&edits, *span)) {
            edits.extend(fix.edits.iter().map(|(span, text)| (*span, text.as_str())));
            made += 1;
        }
    }
    let mut fixed = String::with_capacity(text.len());
    let mut done = 0;
    for (span, replacement) in edits {
        fixed.push_str(text.get(done..span.start()).unwrap_or_default());
        fixed.push_str(replacement);
        done = span.end();
    }
    fixed.push_str(text.get(done..).unwrap_or_default());
    (fixed, made)
}

/// Returns whether a place overlaps none of those changed already, which do not overlap each other.
fn fits(edits: &BTreeMap<Span, &str>, span: Span) -> bool {
    let before = edits.range(..=span).next_back().is_none_or(|(other, _)| !overlap(*other, span));
    let behind = edits.range(span..).next().is_none_or(|(other, _)| !overlap(*other, span));
    before && behind
}

fn overlap(one: Span, other: Span) -> bool {
    one == other || (one.start() < other.end() && other.start() < one.end())
}
