//! The forms in which `quayside lint` tells what it found.

mod github;
mod json;
mod sarif;
mod text;

use lint::{Linted, Severity};

use crate::commands::LintFormat as Format;
use crate::failure::Failure;
use crate::output::Output;

/// How much was found.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(crate) struct Counts {
    pub(crate) errors: usize,
    pub(crate) warnings: usize,
    pub(crate) hints: usize,
}

impl Counts {
    pub(crate) fn of(all: &[Linted]) -> Self {
        let mut counts = Self::default();
        for diagnostic in all.iter().flat_map(|linted| &linted.diagnostics) {
            match diagnostic.severity {
                Severity::Error => counts.errors += 1,
                Severity::Warning => counts.warnings += 1,
                Severity::Hint => counts.hints += 1,
            }
        }
        counts
    }
}

/// Tells what was found.
pub(crate) fn write(
    format: Format,
    all: &[Linted],
    counts: &Counts,
    output: &mut Output,
) -> Result<(), Failure> {
    let colours = output.has_colours();
    let told = match format {
        Format::Text => text::render(all, counts, colours),
        Format::Json => json::render(all, counts),
        Format::Sarif => sarif::render(all),
        Format::Github => github::render(all),
    };
    Ok(output.text(&told)?)
}
