//! an artifact that is used before anything provides it

use crate::context::Context;
use crate::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    name: "missing-artifact",
    severity: Severity::Error,
    summary: "an artifact that is used before anything provides it",
    explanation: "\
A task's inputs, its `image:`, the `file:` of a step and the listed `inputs:` of a put need an artifact of an
earlier step: a get's or put's own name, or an output of a task. Concourse checks this when the build runs, and
errors: `missing inputs: x`.

Steps that run at the same time do not see each other's artifacts for sure.
",
};

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for missing in context.flows().iter().flat_map(|flow| &flow.missing) {
        let message = format!(
            "{} needs the artifact `{}`, which no step before it provides",
            missing.wanted_by, missing.name
        );
        let mut diagnostic = Diagnostic::new(&INFO, message, missing.span).label("not there yet");
        if let Some(sibling) = missing.sibling {
            diagnostic =
                diagnostic.related(sibling, "runs at the same time").help("run the two in order, in a `do`");
        } else if !missing.there.is_empty() {
            let there: Vec<&str> = missing.there.iter().map(String::as_str).collect();
            diagnostic = diagnostic.note(format!("artifacts there: {}", super::listed(&there)));
        }
        found.push(diagnostic);
    }
}
