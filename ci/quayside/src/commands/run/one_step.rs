//! One step of a job, again, with the artifacts and versions of an earlier run.

use std::collections::HashMap;

use pipeline::model::{DoStep, Job, Step, StepConfig};
use runner::cancellation::Cancellation;
use runner::engine::Input;
use runner::outcome::Status;
use runner::state::NewRun;

use super::Prepared;
use crate::execution::{Finished, Record, Session, now, until_ended};
use crate::failure::Failure;
use crate::output::Output;

impl Prepared {
    pub(super) async fn run_step_again(
        &self,
        session: &mut Session,
        job: &str,
        step: &str,
        from: i64,
        output: &mut Output,
    ) -> Result<Status, Failure> {
        let declared = self.loaded.job(job)?;
        let config = with_variables(declared, step)?;
        let run = session.state.run(from)?;
        let is_of_job = run.is_some_and(|run| run.job.as_deref() == Some(job));
        if !is_of_job {
            return Err(Failure::new(format!("there is no run {from} of the job `{job}`"))
                .with_hint("`quayside runs` lists them"));
        }
        let artifacts = session.state.artifacts(from)?;
        let used = session.state.inputs(from)?;
        let inputs: HashMap<String, Input> =
            used.into_iter().map(|used| (used.input, Input::Version(used.version))).collect();
        let title = format!("step {step} of job {job} of {}", self.loaded.key());
        let new = NewRun { pipeline: &self.loaded.key(), job: None, title: &title, started: now() };
        let record = Record::begin(session, &new)?;
        let engine = session.engine(&record, self.purpose(inputs))?;
        let until = Cancellation::new();
        let ran = until_ended(&record, &until, engine.run_step(&config, artifacts, &until)).await?;
        let finished = Finished::from(ran);
        self.end(session, record, &finished, job, output)?;
        Ok(finished.status)
    }
}

/// Returns a step of a job with the `load_var`s before it, whose variables it may need.
fn with_variables(job: &Job, name: &str) -> Result<StepConfig, Failure> {
    let mut steps: Vec<&StepConfig> = Vec::new();
    let mut found = None;
    job.walk(&mut |step| match step {
        _ if found.is_some() => {}
        step if step.name().is_some_and(|own| own.value == name) => found = Some(step),
        StepConfig::LoadVar(_) => steps.push(step),
        _ => {}
    });
    let Some(found) = found else {
        return Err(Failure::new(format!("the job `{}` has no step `{name}`", job.name.value))
            .with_hint("steps within `across` whose names are made of its values cannot be run alone"));
    };
    steps.push(found);
    let step =
        |config: &StepConfig| Step { config: config.clone(), unknown_fields: Vec::new(), span: job.span };
    Ok(StepConfig::Do(DoStep {
        steps: steps.into_iter().map(step).collect(),
        tags: Vec::new(),
        span: job.span,
        key_span: job.span,
    }))
}
