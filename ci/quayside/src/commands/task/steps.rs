//! The inputs that a job would get next, for a task that is run alone.

use std::collections::HashMap;

use pipeline::model::{DoStep, GetStep, InParallelStep, Step, StepConfig};
use pipeline::{Span, Spanned};
use runner::cancellation::Cancellation;
use runner::engine::{Engine, Input};
use runner::local::Local;
use runner::outcome::Problem;
use runner::scheduling::{Wanted, select, wanted};
use runner::state::State;

use super::config::TaskFile;
use crate::execution::{Given, Loaded, check_all, checked_resources, history_of, told_unmet};
use crate::failure::Failure;
use crate::inputs::pair;

/// The gets of a job that a task takes its inputs from.
pub(super) struct JobInputs {
    loaded: Loaded,
    job: String,
    gets: Vec<GetStep>,
    wanted: Vec<Wanted>,
}

impl JobInputs {
    /// Finds the gets that the task needs. Folders of the command line go before them.
    pub(super) fn new(
        loaded: Loaded,
        job: &str,
        task: &TaskFile,
        folders: &[String],
        mapping_flags: &[String],
    ) -> Result<Self, Failure> {
        let mapping = mapping(mapping_flags)?;
        let artifact_of = |input: &str| {
            let mapped = mapping.iter().find(|(name, _)| name.value == input);
            mapped.map_or_else(|| input.to_owned(), |(_, artifact)| artifact.value.clone())
        };
        let is_folder = |name: &str| folders.iter().any(|folder| folder.starts_with(&format!("{name}=")));
        let needed: Vec<(&str, String)> = task
            .config
            .inputs
            .iter()
            .map(|input| input.name.as_str())
            .filter(|input| !is_folder(input))
            .map(|input| (input, artifact_of(input)))
            .collect();
        let declared = loaded.job(job)?;
        let mut gets = Vec::new();
        declared.walk(&mut |step| {
            if let StepConfig::Get(get) = step
                && needed.iter().any(|(_, artifact)| *artifact == get.name.value)
            {
                gets.push(get.clone());
            }
        });
        let is_got = |artifact: &str| gets.iter().any(|get| get.name.value == artifact);
        let of_job: Vec<&str> =
            needed.iter().filter(|(_, artifact)| is_got(artifact)).map(|(input, _)| *input).collect();
        task.refuse_missing_inputs(folders, &of_job)?;
        let mut wanted = wanted(&loaded.pipeline, declared);
        wanted.retain(|one| is_got(&one.input));
        Ok(Self { job: job.to_owned(), gets, wanted, loaded })
    }

    /// Returns the pipeline.
    pub(super) fn loaded(&self) -> &Loaded {
        &self.loaded
    }

    /// Finds the versions that the job would get next.
    pub(super) async fn versions(
        &self,
        engine: &Engine<Local>,
        given: &Given,
        state: &mut State,
        until: &Cancellation,
    ) -> Result<HashMap<String, Input>, Problem> {
        let names = checked_resources(&self.wanted, given);
        check_all(engine, &self.loaded, &names, state, until).await?;
        let history = history_of(&self.loaded, given, state)?;
        let selected =
            select(&self.job, &self.wanted, &history).map_err(|unmet| told_unmet(&self.job, &unmet))?;
        Ok(given.inputs(&self.wanted, &selected))
    }
}

/// Returns the task's step with the gets of a job before it.
pub(super) fn with_inputs(task: StepConfig, job: Option<&JobInputs>) -> StepConfig {
    let Some(job) = job else { return task };
    let span = Span::default();
    let step = |config| Step { config, unknown_fields: Vec::new(), span };
    let gets = job.gets.iter().cloned().map(|get| step(StepConfig::Get(get))).collect();
    let gets =
        InParallelStep { steps: gets, limit: 0, fail_fast: false, tags: Vec::new(), span, key_span: span };
    let steps = vec![step(StepConfig::InParallel(gets)), step(task)];
    StepConfig::Do(DoStep { steps, tags: Vec::new(), span, key_span: span })
}

/// Artifacts by the names of inputs.
type Mapping = Vec<(Spanned<String>, Spanned<String>)>;

/// Reads `NAME=ARTIFACT`.
pub(super) fn mapping(flags: &[String]) -> Result<Mapping, Failure> {
    let spanned = |text: &str| Spanned::new(text.to_owned(), Span::default());
    let pairs = flags.iter().map(|flag| pair(flag, "-m"));
    pairs.map(|pair| pair.map(|(name, artifact)| (spanned(name), spanned(artifact)))).collect()
}
