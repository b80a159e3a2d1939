//! What a job's gets ask for.

use pipeline::Spanned;
use pipeline::model::{GetStep, Job, Pipeline, StepConfig, VersionChoice};
use pipeline::validate::JobIndex;

use crate::version::Version;

/// What a get of a job asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// The get's name.
    pub input: String,
    /// The resource.
    pub resource: String,
    /// The jobs that the version must have passed.
    pub passed: Vec<String>,
    /// Which version.
    pub choice: Choice,
    /// Whether a new version starts the job.
    pub triggers: bool,
}

/// Which version a get asks for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Choice {
    /// The newest.
    Latest,
    /// The next one after that which the job used last.
    Every,
    /// The newest that has these fields.
    Pinned(Version),
    /// This one, whatever is known of it: somebody said so.
    Given(Version),
}

/// Returns what the gets of a job ask for, those of hooks included, in the order of the job.
pub fn wanted(pipeline: &Pipeline, job: &Job) -> Vec<Wanted> {
    let index = JobIndex::new(pipeline);
    let mut all = Vec::new();
    job.walk(&mut |step| {
        if let StepConfig::Get(get) = step {
            all.push(wanted_by(get, pipeline, &index));
        }
    });
    all
}

fn wanted_by(get: &GetStep, pipeline: &Pipeline, index: &JobIndex<'_>) -> Wanted {
    let mut passed: Vec<String> = Vec::new();
    for position in get.passed.iter().flat_map(|pattern| index.matching(pattern)) {
        let job = pipeline.jobs[position].name.value.clone();
        if !passed.contains(&job) {
            passed.push(job);
        }
    }
    Wanted {
        input: get.name.value.clone(),
        resource: get.resource_name().to_owned(),
        passed,
        choice: choice(get, pipeline),
        triggers: get.triggers(),
    }
}

/// The pin of a get counts before the pin of its resource, and that before all else.
fn choice(get: &GetStep, pipeline: &Pipeline) -> Choice {
    let own = get.version.as_ref().map(|version| &version.value);
    if let Some(VersionChoice::Pinned(fields)) = own {
        return Choice::Pinned(pinned(fields));
    }
    let resource = pipeline.resource(get.resource_name());
    if let Some(fields) = resource.and_then(|resource| resource.version.as_ref()) {
        return Choice::Pinned(pinned(fields));
    }
    match own {
        Some(VersionChoice::Every) => Choice::Every,
        _ => Choice::Latest,
    }
}

fn pinned(fields: &[(Spanned<String>, Spanned<String>)]) -> Version {
    fields.iter().map(|(name, value)| (name.value.as_str(), value.value.as_str())).collect()
}
