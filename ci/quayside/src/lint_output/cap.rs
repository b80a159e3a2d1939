//! How much is told: nobody reads thousands of findings of one rule, and telling them takes a while.

use std::collections::BTreeMap;

use lint::{Diagnostic, Linted, Severity};
use pipeline::Source;

/// How many findings of one rule are told of a pipeline.
const MOST_OF_A_RULE: usize = 1000;

/// How many bytes of lines are shown of a pipeline: a whole program may stand in one line.
const MOST_BYTES: usize = 4 * 1024 * 1024;

/// Findings that are not told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct LeftOut {
    pub(crate) file: String,
    pub(crate) rule: &'static str,
    pub(crate) severity: Severity,
    pub(crate) count: usize,
}

impl LeftOut {
    pub(super) fn told(&self) -> String {
        format!("{} more of `{}` in {} are not told", self.count, self.rule, self.file)
    }
}

/// Takes out what is too much; returns what that was.
pub(crate) fn cap(all: &mut [Linted]) -> Vec<LeftOut> {
    all.iter_mut().flat_map(cap_one).collect()
}

fn cap_one(linted: &mut Linted) -> Vec<LeftOut> {
    let Linted { sources, diagnostics } = linted;
    let mut told: BTreeMap<&'static str, usize> = BTreeMap::new();
    let mut left_out: BTreeMap<(&'static str, Severity), usize> = BTreeMap::new();
    let mut bytes = 0;
    diagnostics.retain(|diagnostic| {
        let of_rule = told.entry(diagnostic.rule.name).or_default();
        let fits = *of_rule < MOST_OF_A_RULE && (bytes < MOST_BYTES || *of_rule == 0);
        if fits {
            *of_rule += 1;
            bytes += line_length(diagnostic, sources);
        } else {
            *left_out.entry((diagnostic.rule.name, diagnostic.severity)).or_default() += 1;
        }
        fits
    });
    let file = sources.first().map_or("", Source::name);
    left_out
        .into_iter()
        .map(|((rule, severity), count)| LeftOut { file: file.into(), rule, severity, count })
        .collect()
}

fn line_length(diagnostic: &Diagnostic, sources: &[Source]) -> usize {
    let Some(source) = sources.get(diagnostic.label.file) else { return 0 };
    let line = source.line(source.line_number(diagnostic.label.span.start()));
    line.map_or(0, |line| line.end() - line.start())
}
