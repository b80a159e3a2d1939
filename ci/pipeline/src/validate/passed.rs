//! Which jobs `passed` means.

use std::collections::{HashMap, HashSet};

use super::path_match::path_match;
use crate::model::{Pipeline, StepConfig};

/// The jobs of a pipeline by name, and the resources each touches.
pub struct JobIndex<'pipeline> {
    names: Vec<&'pipeline str>,
    by_name: HashMap<&'pipeline str, Vec<usize>>,
    resources: Vec<HashSet<&'pipeline str>>,
}

impl<'pipeline> JobIndex<'pipeline> {
    /// Looks through a pipeline's jobs.
    pub fn new(pipeline: &'pipeline Pipeline) -> Self {
        let mut index = Self { names: Vec::new(), by_name: HashMap::new(), resources: Vec::new() };
        for (position, job) in pipeline.jobs.iter().enumerate() {
            index.names.push(&job.name);
            index.by_name.entry(&job.name).or_default().push(position);
            let mut resources = HashSet::new();
            job.walk(&mut |step| match step {
                StepConfig::Get(get) => {
                    resources.insert(get.resource_name());
                }
                StepConfig::Put(put) => {
                    resources.insert(put.resource_name());
                }
                _ => {}
            });
            index.resources.push(resources);
        }
        index
    }

    /// Returns the positions of the jobs that a pattern of `passed` means, in order.
    pub fn matching(&self, pattern: &str) -> Vec<usize> {
        if pattern.contains(['*', '?', '[', '\\']) {
            let names = self.names.iter().enumerate();
            return names
                .filter(|(_, name)| path_match(pattern, name))
                .map(|(position, _)| position)
                .collect();
        }
        self.by_name.get(pattern).cloned().unwrap_or_default()
    }

    /// Returns whether two jobs have the same name.
    pub(super) fn has_duplicates(&self) -> bool {
        self.by_name.len() < self.names.len()
    }

    /// Returns whether a job gets or puts a resource.
    pub fn touches(&self, job: usize, resource: &str) -> bool {
        self.resources.get(job).is_some_and(|resources| resources.contains(resource))
    }
}
