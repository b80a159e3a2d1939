//! the head of a chain of jobs that nothing starts

use crate::context::Context;
use crate::{Diagnostic, RuleInfo, Severity};
use pipeline::model::{GetStep, Job, StepConfig};

pub(super) static INFO: RuleInfo = RuleInfo {
    name: "untriggered-chain",
    severity: Severity::Warning,
    summary: "the head of a chain of jobs that nothing starts",
    explanation: "\
Jobs further down start by themselves when a version has passed the first one, but the first one has no get
with `trigger: true`, so the chain waits until somebody starts it by hand.
",
};

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let pipeline = context.pipeline();
    let mut feeds_triggering_job = vec![false; pipeline.jobs.len()];
    context.each_step(|_, step| {
        let StepConfig::Get(get) = step else { return };
        for pattern in get.passed.iter().filter(|_| get.triggers()) {
            context.jobs.matching(pattern).into_iter().for_each(|job| feeds_triggering_job[job] = true);
        }
    });
    for (job, feeds) in pipeline.jobs.iter().zip(feeds_triggering_job) {
        let gets = gets_of(job);
        let is_head = !gets.is_empty() && gets.iter().all(|get| get.passed.is_empty());
        if !feeds || !is_head || gets.iter().any(|get| get.triggers()) {
            continue;
        }
        let message = format!("nothing triggers job `{}`, which starts a chain of jobs", job.name.value);
        found.push(
            Diagnostic::new(&INFO, message, job.name.span)
                .related(gets[0].key_span, "has no `trigger: true`")
                .help("add `trigger: true` to the get whose new versions shall start it"),
        );
    }
}

fn gets_of(job: &Job) -> Vec<&GetStep> {
    let mut gets = Vec::new();
    job.walk(&mut |step| {
        if let StepConfig::Get(get) = step {
            gets.push(get);
        }
    });
    gets
}
