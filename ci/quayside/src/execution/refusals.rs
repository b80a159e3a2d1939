//! What cannot be imitated on this machine, refused by name before anything runs.

use pipeline::model::{Job, StepConfig};

use crate::failure::Failure;

/// Refuses a job with steps that cannot run here, unless they are left out.
pub(crate) fn refuse_what_cannot_be(job: &Job, skipped: &[String]) -> Result<(), Failure> {
    let mut refusal = None;
    job.walk(&mut |step| {
        if refusal.is_none() && !step.name().is_some_and(|name| skipped.contains(&name.value)) {
            refusal = reason(step);
        }
    });
    refusal.map_or(Ok(()), Err)
}

fn reason(step: &StepConfig) -> Option<Failure> {
    match step {
        StepConfig::Run(run) => Some(
            Failure::new(format!("the step `run: {}` sends a message to a prototype, which cannot be done here", run.message.value))
                .with_hint("Concourse does not implement it either: there it prints so and succeeds. Leave it out with `--skip`"),
        ),
        StepConfig::Task(task) => {
            let platform = task.config.as_ref()?.platform.as_ref()?;
            (platform.as_str() != "linux").then(|| {
                let (name, platform) = (&task.name.value, &platform.value);
                Failure::new(format!("the task `{name}` is for {platform}, and this machine runs tasks for linux"))
                    .with_hint(format!("run it on a Concourse with a worker for {platform}, or leave it out with `--skip {name}`"))
            })
        }
        _ => None,
    }
}
