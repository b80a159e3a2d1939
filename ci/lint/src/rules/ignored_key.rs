//! a key that Concourse passes over in silence

use crate::context::Context;
use crate::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    name: "ignored-key",
    severity: Severity::Warning,
    summary: "a key that Concourse passes over in silence",
    explanation: "\
Within `in_parallel: {…}`, `image_resource`, `run`, and the inputs and outputs of a task, Concourse looks
for the keys it knows and passes over all others, so a typo has no effect and no message:

    in_parallel: {limits: 2, steps: [...]}     # runs all steps at once

Write one of the keys that exist.
",
};

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for field in &context.checked.decoded.ignored {
        let message = format!("Concourse passes over the key `{}`", field.name);
        let diagnostic = Diagnostic::new(&INFO, message, field.span).label("has no effect");
        let known = field.known.iter().copied();
        found.push(super::with_nearest(diagnostic, &field.name, known, field.span));
    }
    for (file, decoded) in context.tasks.loaded() {
        for field in &decoded.ignored {
            let message = format!("Concourse passes over the key `{}`", field.name);
            let diagnostic = Diagnostic::new(&INFO, message, field.span).in_file(file).label("has no effect");
            found.push(super::with_nearest(diagnostic, &field.name, field.known.iter().copied(), field.span));
        }
    }
}
