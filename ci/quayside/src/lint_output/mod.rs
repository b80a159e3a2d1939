//! The forms in which `quayside lint` tells what it found.

mod cap;
mod github;
mod json;
mod sarif;
mod tame;
mod text;

pub(crate) use cap::{LeftOut, cap};

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

/// Tells what was found, and how much of it is left out.
pub(crate) fn write(
    format: Format,
    all: &mut [Linted],
    (counts, left_out): (&Counts, &[LeftOut]),
    output: &mut Output,
) -> Result<(), Failure> {
    let colours = output.has_colours();
    let told = match format {
        Format::Text => {
            tame::tame(all);
            text::render(all, counts, left_out, colours)
        }
        Format::Json => tame::escaped_json(&json::render(all, counts, left_out)),
        Format::Sarif => tame::escaped_json(&sarif::render(all, left_out)),
        Format::Github => github::render(all, left_out),
    };
    Ok(output.text(&told)?)
}
