//! a step over the network that is tried only once

use crate::context::Context;
use crate::{Diagnostic, RuleInfo, Severity};
use pipeline::model::StepConfig;

pub(super) static INFO: RuleInfo = RuleInfo {
    name: "missing-attempts",
    severity: Severity::Hint,
    summary: "a step over the network that is tried only once",
    explanation: "\
Gets and puts go over the network, which fails now and then. `attempts: 3` tries again, each time with a fresh
container, before the build fails. Leave it out where a second try could do harm.
",
};

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for job in &context.pipeline().jobs {
        job.plan.iter().for_each(|step| look(&step.config, found));
        job.hooks.iter().for_each(|(_, hook)| look(&hook.config, found));
    }
}

fn look(step: &StepConfig, found: &mut Vec<Diagnostic>) {
    match step {
        StepConfig::Get(_) | StepConfig::Put(_) => {
            let name = step.name().map(|name| name.value.clone()).unwrap_or_default();
            let message = format!("{} `{name}` is tried only once", step.key());
            found.push(Diagnostic::new(&INFO, message, step.key_span()).help("add `attempts: 3`"));
        }
        // All within is tried again.
        StepConfig::Attempts(_) => {}
        StepConfig::Try(step) => look(&step.step.config, found),
        StepConfig::Do(step) => step.steps.iter().for_each(|step| look(&step.config, found)),
        StepConfig::InParallel(step) => step.steps.iter().for_each(|step| look(&step.config, found)),
        StepConfig::Across(step) => look(&step.step, found),
        StepConfig::Timeout(step) => look(&step.step, found),
        StepConfig::Hook(step) => {
            look(&step.step, found);
            look(&step.hook.config, found);
        }
        StepConfig::Task(_) | StepConfig::Run(_) | StepConfig::SetPipeline(_) | StepConfig::LoadVar(_) => {}
    }
}
