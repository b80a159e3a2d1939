//! a step without a time limit

use crate::context::Context;
use crate::{Diagnostic, RuleInfo, Severity};
use pipeline::model::StepConfig;

pub(super) static INFO: RuleInfo = RuleInfo {
    name: "missing-timeout",
    severity: Severity::Hint,
    summary: "a step without a time limit",
    explanation: "\
A step that hangs keeps its build, its container and, in a serial job, all later builds waiting until somebody
notices. Give `timeout:` to the step or to one around it.
",
};

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    for job in &context.pipeline().jobs {
        job.plan.iter().for_each(|step| look(&step.config, found));
        job.hooks.iter().for_each(|(_, hook)| look(&hook.config, found));
    }
}

fn look(step: &StepConfig, found: &mut Vec<Diagnostic>) {
    let (name, timeout) = match step {
        StepConfig::Get(get) => (&get.name, &get.timeout),
        StepConfig::Put(put) => (&put.name, &put.timeout),
        StepConfig::Task(task) => (&task.name, &task.timeout),
        // All within has a limit.
        StepConfig::Timeout(_) => return,
        StepConfig::Try(step) => return look(&step.step.config, found),
        StepConfig::Do(step) => return step.steps.iter().for_each(|step| look(&step.config, found)),
        StepConfig::InParallel(step) => return step.steps.iter().for_each(|step| look(&step.config, found)),
        StepConfig::Across(step) => return look(&step.step, found),
        StepConfig::Attempts(step) => return look(&step.step, found),
        StepConfig::Hook(step) => {
            look(&step.step, found);
            return look(&step.hook.config, found);
        }
        StepConfig::Run(_) | StepConfig::SetPipeline(_) | StepConfig::LoadVar(_) => return,
    };
    if timeout.is_none() {
        let message = format!("{} `{}` has no time limit", step.key(), name.value);
        found.push(
            Diagnostic::new(&INFO, message, step.key_span()).help("add `timeout: 1h`, or what it may take"),
        );
    }
}
