//! Keeps what plays tricks on readers out of what is told.

use lint::{Diagnostic, Label, Linted};
use pipeline::{Source, is_trick, visible};

/// Replaces control characters and marks of writing direction, in the text around the places too.
pub(super) fn tame(all: &mut [Linted]) {
    for linted in all {
        for source in &mut linted.sources {
            if source.name().chars().chain(source.text().chars()).any(is_trick) {
                *source = Source::new(visible(source.name()), visible(source.text()));
            }
        }
        linted.diagnostics.iter_mut().for_each(tame_one);
    }
}

fn tame_one(diagnostic: &mut Diagnostic) {
    let Diagnostic { message, label, related, notes, help, fix, .. } = diagnostic;
    let labels = std::iter::once(label).chain(related).map(|Label { text, .. }| text);
    let edits = fix.iter_mut().flat_map(|fix| {
        std::iter::once(&mut fix.title).chain(fix.edits.iter_mut().map(|(_, replacement)| replacement))
    });
    for text in std::iter::once(message).chain(labels).chain(notes).chain(help).chain(edits) {
        if text.chars().any(is_trick) {
            *text = visible(text).into_owned();
        }
    }
}

/// Writes such characters of a JSON document as escapes. Outside its texts there are none.
pub(super) fn escaped_json(document: &str) -> String {
    let mut escaped = String::with_capacity(document.len());
    for character in document.chars() {
        if is_trick(character) {
            escaped.push_str(&format!("\\u{:04x}", u32::from(character)));
        } else {
            escaped.push(character);
        }
    }
    escaped
}
