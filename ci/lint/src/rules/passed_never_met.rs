//! a `passed` that no version can meet

use crate::context::Context;
use crate::{Diagnostic, RuleInfo, Severity};
use pipeline::model::{GetStep, HookKind, Job, StepConfig, VersionChoice};
use pipeline::{Span, Spanned};

pub(super) static INFO: RuleInfo = RuleInfo {
    name: "passed-never-met",
    severity: Severity::Error,
    summary: "a `passed` that no version can meet",
    explanation: "\
A version passes a job when a build of it that succeeded got or put it. Two things make that impossible:

- the job touches the resource only in `on_failure`, `on_error` or `on_abort`, and those run in builds that do
  not succeed;
- both jobs pin the resource, each to another version.
",
};

pub(super) fn check(context: &Context<'_>, found: &mut Vec<Diagnostic>) {
    let pipeline = context.pipeline();
    context.each_step(|_, step| {
        let StepConfig::Get(get) = step else { return };
        for pattern in &get.passed {
            let upstream = context.jobs.matching(pattern).into_iter().map(|index| &pipeline.jobs[index]);
            for job in upstream {
                check_one(get, pattern.span, job, found);
            }
        }
    });
}

fn check_one(get: &GetStep, span: Span, job: &Job, found: &mut Vec<Diagnostic>) {
    let resource = get.resource_name();
    let mut touched = Touched::default();
    job.plan.iter().for_each(|step| touched.look(&step.config, resource, false));
    for (kind, hook) in job.hooks.iter() {
        touched.look(&hook.config, resource, runs_without_success(kind));
    }
    let name = &job.name.value;
    if let (Some(place), true) = (touched.after_failure, touched.pins.is_empty() && !touched.in_success) {
        let message = format!("no version of `{resource}` can pass job `{name}`");
        found.push(
            Diagnostic::new(&INFO, message, span).related(place, "runs only when the build does not succeed"),
        );
        return;
    }
    let Some(Spanned { value: VersionChoice::Pinned(own), .. }) = &get.version else { return };
    let differs = |pin: &Vec<(String, String)>| {
        pin.iter().any(|(field, value)| own.iter().any(|(name, own)| **name == *field && **own != *value))
    };
    if touched.in_success || touched.pins.is_empty() || !touched.pins.iter().all(differs) {
        return;
    }
    let message = format!("job `{name}` gets another version of `{resource}`, so this one never passes it");
    found.push(Diagnostic::new(&INFO, message, span).related(job.name.span, "pins another version"));
}

/// How a job touches a resource.
#[derive(Default)]
struct Touched {
    /// In a build that succeeds, at whatever version.
    in_success: bool,
    /// Versions that it pins.
    pins: Vec<Vec<(String, String)>>,
    /// A put that only runs without success.
    after_failure: Option<Span>,
}

impl Touched {
    fn look(&mut self, step: &StepConfig, resource: &str, fails: bool) {
        match step {
            // Gets are inputs of the job wherever they stand, and all are there before it starts.
            StepConfig::Get(get) if get.resource_name() == resource => match get.version.as_deref() {
                Some(VersionChoice::Pinned(pin)) => {
                    self.pins.push(
                        pin.iter().map(|(name, value)| (name.value.clone(), value.value.clone())).collect(),
                    );
                }
                _ => self.in_success = true,
            },
            StepConfig::Put(put) if put.resource_name() == resource && fails => {
                self.after_failure = Some(put.key_span)
            }
            StepConfig::Put(put) if put.resource_name() == resource => self.in_success = true,
            StepConfig::Try(step) => self.look(&step.step.config, resource, false),
            StepConfig::Do(step) => {
                step.steps.iter().for_each(|step| self.look(&step.config, resource, fails))
            }
            StepConfig::InParallel(step) => {
                step.steps.iter().for_each(|step| self.look(&step.config, resource, fails));
            }
            StepConfig::Across(step) => self.look(&step.step, resource, fails),
            StepConfig::Timeout(step) => self.look(&step.step, resource, fails),
            StepConfig::Attempts(step) => self.look(&step.step, resource, false),
            StepConfig::Hook(hook) => {
                // Within a `try` a failing step does not fail the build; then its hooks may count.
                self.look(&hook.step, resource, fails);
                self.look(&hook.hook.config, resource, fails);
            }
            _ => {}
        }
    }
}

fn runs_without_success(kind: HookKind) -> bool {
    matches!(kind, HookKind::Failure | HookKind::Error | HookKind::Abort)
}
