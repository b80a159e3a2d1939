//! a job that does nothing

use pipeline::model::Job;

use crate::context::Context;
use crate::{Diagnostic, RuleInfo, Severity};

pub(super) static INFO: RuleInfo = RuleInfo {
    name: "empty-plan",
    severity: Severity::Warning,
    summary: "a job that does nothing",
    explanation: "\
A job without `plan:`, or with an empty one, passes Concourse's validation and its builds succeed at once.
The key is `plan:`; the documentation also speaks of steps.
",
};

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    // A plan that could not be decoded has no steps either, and that was told.
    let mistakes = &context.checked.decoded.mistakes;
    let is_whole = |job: &&Job| !mistakes.iter().any(|mistake| job.span.contains(mistake.span));
    for job in context.pipeline().jobs.iter().filter(|job| job.plan.is_empty()).filter(is_whole) {
        let span = job.plan_span.filter(|span| !span.is_empty()).unwrap_or(job.name.span);
        let message = format!("job `{}` has no steps", job.name.value);
        found.push(Diagnostic::new(&INFO, message, span).label("its builds succeed at once"));
    }
}
