//! Making the changes that findings propose.

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
    let mut edits: Vec<&(Span, String)> = Vec::new();
    let mut made = 0;
    for fix in fixes {
        let fits = |edit: &(Span, String)| edits.iter().all(|other| !overlap(edit.0, other.0));
        if fix.edits.iter().all(fits) {
            edits.extend(&fix.edits);
            made += 1;
        }
    }
    edits.sort_by_key(|(span, _)| *span);
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

fn overlap(one: Span, other: Span) -> bool {
    one == other || (one.start() < other.end() && other.start() < one.end())
}
