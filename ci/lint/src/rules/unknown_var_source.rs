//! a variable of a source that the pipeline does not have

use super::suggest::Known;
use crate::context::Context;
use crate::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    name: "unknown-var-source",
    severity: Severity::Error,
    summary: "a variable of a source that the pipeline does not have",
    explanation: "\
In a pipeline with `var_sources:`, `((source:name))` needs a source of that name; otherwise the step errors:
`missing source`. Without any `var_sources:` Concourse drops the source and asks its own credential manager for
the name alone, which is seldom what was meant.
",
};

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let sources = Known::new(context.pipeline().var_sources.iter().map(|source| source.name.as_str()));
    for used in context.uses() {
        let Some(source) = used.reference.as_ref().and_then(|reference| reference.source.as_ref()) else {
            continue;
        };
        if source == "." || sources.contains(source) {
            continue;
        }
        let diagnostic = Diagnostic::new(&INFO, format!("there is no variable source `{source}`"), used.span)
            .inside(used.scalar);
        found.push(if sources.names().is_empty() {
            diagnostic
                .severity(Severity::Warning)
                .label("the source is dropped, and the global credential manager asked")
                .help(format!("add `{source}` under `var_sources:`, or remove `{source}:`"))
        } else {
            let diagnostic = diagnostic.label("the step errors");
            match sources.nearest(source) {
                Some(near) => diagnostic.help(format!("did you mean `{near}`?")),
                None => diagnostic.note(format!("sources there: {}", super::listed(sources.names()))),
            }
        });
    }
}
