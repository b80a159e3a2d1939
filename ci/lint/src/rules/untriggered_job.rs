//! a job that only runs when it is started by hand

use crate::context::Context;
use crate::{Diagnostic, RuleInfo, Severity};
use pipeline::model::StepConfig;

pub(super) static INFO: RuleInfo = RuleInfo {
    name: "untriggered-job",
    severity: Severity::Hint,
    summary: "a job that only runs when it is started by hand",
    explanation: "\
No get of the job has `trigger: true`. That is right for deployments and clean-ups by hand; otherwise add a
trigger.
",
};

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for job in &context.pipeline().jobs {
        let mut triggers = false;
        job.walk(&mut |step| {
            if let StepConfig::Get(get) = step {
                triggers |= get.triggers();
            }
        });
        if triggers || job.plan.is_empty() {
            continue;
        }
        let message = format!("nothing triggers job `{}`", job.name.value);
        found.push(Diagnostic::new(&INFO, message, job.name.span).label("runs only when started by hand"));
        if let Some(manual) = job.disable_manual_trigger.as_ref().filter(|manual| ***manual) {
            let message = format!("nothing can start job `{}`", job.name.value);
            let never = Diagnostic::new(&INFO, message, manual.span).severity(Severity::Error);
            found.push(never.related(job.name.span, "no get has `trigger: true`"));
        }
    }
}
