//! What is known when a job's versions are chosen.

use std::collections::HashMap;

use crate::engine::Made;
use crate::version::Version;

/// A version that a get of a run took.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Used {
    /// The get's name.
    pub input: String,
    /// The resource.
    pub resource: String,
    /// The version.
    pub version: Version,
}

/// A run of a job that was.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PastRun {
    /// The job.
    pub job: String,
    /// Whether it succeeded; only then it vouches for versions.
    pub succeeded: bool,
    /// What its gets took.
    pub used: Vec<Used>,
    /// What its puts made.
    pub made: Vec<Made>,
}

/// The versions and the runs of a pipeline.
#[derive(Clone, Debug, Default)]
pub struct History {
    /// The versions of resources by name, oldest first.
    pub versions: HashMap<String, Vec<Version>>,
    /// Runs, oldest first.
    pub runs: Vec<PastRun>,
}

impl PastRun {
    /// Returns the versions of a resource that the run used or made, the last made first.
    pub(super) fn versions_of<'run>(&'run self, resource: &'run str) -> impl Iterator<Item = &'run Version> {
        let made = self.made.iter().rev().filter(move |made| made.resource == resource);
        let used = self.used.iter().filter(move |used| used.resource == resource);
        made.map(|made| &made.version).chain(used.map(|used| &used.version))
    }
}

impl History {
    /// Returns the versions of a resource, oldest first.
    pub fn versions_of(&self, resource: &str) -> &[Version] {
        self.versions.get(resource).map_or(&[], Vec::as_slice)
    }

    /// Returns the version that an input of a job used last, however that run ended.
    pub(super) fn last_used<'run>(&'run self, job: &'run str, input: &'run str) -> Option<&'run Version> {
        self.used(job, input).last()
    }

    /// Returns whether an input of a job ever used a version.
    pub(super) fn was_used(&self, job: &str, input: &str, version: &Version) -> bool {
        self.used(job, input).any(|used| used == version)
    }

    /// Returns the runs of a job that succeeded, oldest first.
    pub(super) fn successes<'run>(
        &'run self,
        job: &'run str,
    ) -> impl DoubleEndedIterator<Item = &'run PastRun> {
        self.runs.iter().filter(move |run| run.succeeded && run.job == job)
    }

    fn used<'run>(&'run self, job: &'run str, input: &'run str) -> impl Iterator<Item = &'run Version> {
        let runs = self.runs.iter().filter(move |run| run.job == job);
        runs.flat_map(|run| &run.used).filter(move |used| used.input == input).map(|used| &used.version)
    }
}
