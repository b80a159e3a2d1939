//! Task files that a pipeline names.

use std::collections::HashMap;

use pipeline::model::{Decoded, StepConfig, TaskConfig};
use pipeline::{Source, yaml};

/// Finds the files that steps name as `artifact/path`.
pub trait TaskFileFinder {
    /// Looks for a file in an artifact.
    fn find(&self, lookup: &Lookup<'_>) -> FoundTaskFile;
}

/// A file that a step names.
#[derive(Clone, Copy, Debug)]
pub struct Lookup<'step> {
    /// The artifact.
    pub artifact: &'step str,
    /// The path within it.
    pub path: &'step str,
    /// The `uri` of the git resource that the artifact is got from, when it is one.
    pub repository: Option<&'step str>,
}

/// What came of looking.
#[derive(Clone, Debug)]
pub enum FoundTaskFile {
    /// The file.
    Found {
        /// The name that messages give it.
        name: String,
        /// What it holds.
        text: String,
    },
    /// The artifact is here and has no such file; where it was looked for.
    Missing {
        /// The path that is not there.
        looked_at: String,
    },
    /// The artifact is not here.
    Unknown,
}

/// The task files of a pipeline.
#[derive(Default)]
pub(crate) struct TaskFiles {
    by_name: HashMap<String, Entry>,
}

pub(crate) enum Entry {
    Loaded { file: usize, decoded: Box<Decoded<TaskConfig>> },
    Unreadable { file: usize, error: yaml::ReadError },
    Missing { looked_at: String },
    Unknown,
}

impl TaskFiles {
    /// Looks for all files that tasks name, and adds the texts of those found to the sources.
    pub(crate) fn load(
        pipeline: &pipeline::model::Pipeline,
        finder: Option<&dyn TaskFileFinder>,
        sources: &mut Vec<Source>,
    ) -> Self {
        let mut files = Self::default();
        let Some(finder) = finder else { return files };
        for job in &pipeline.jobs {
            job.walk(&mut |step| {
                let StepConfig::Task(task) = step else { return };
                let Some(name) = task.file.as_ref().map(|file| &file.value) else { return };
                if name.contains("((") || files.by_name.contains_key(name) {
                    return;
                }
                let entry = files.look(job, pipeline, name, finder, sources);
                files.by_name.insert(name.clone(), entry);
            });
        }
        files
    }

    fn look(
        &self,
        job: &pipeline::model::Job,
        pipeline: &pipeline::model::Pipeline,
        name: &str,
        finder: &dyn TaskFileFinder,
        sources: &mut Vec<Source>,
    ) -> Entry {
        let Some((artifact, path)) = name.split_once('/') else { return Entry::Unknown };
        let repository = repository_of(job, pipeline, artifact);
        match finder.find(&Lookup { artifact, path, repository: repository.as_deref() }) {
            FoundTaskFile::Unknown => Entry::Unknown,
            FoundTaskFile::Missing { looked_at } => Entry::Missing { looked_at },
            FoundTaskFile::Found { name, text } => {
                let read = yaml::read(&text);
                let file = sources.len();
                sources.push(Source::new(name, text));
                match read {
                    Ok(document) => {
                        Entry::Loaded { file, decoded: Box::new(TaskConfig::decode(document.root)) }
                    }
                    Err(error) => Entry::Unreadable { file, error },
                }
            }
        }
    }

    pub(crate) fn entry(&self, name: &str) -> Option<&Entry> {
        self.by_name.get(name)
    }

    /// Returns the configs that could be read, with their files.
    pub(crate) fn loaded(&self) -> impl Iterator<Item = (usize, &Decoded<TaskConfig>)> {
        self.by_name.values().filter_map(|entry| match entry {
            Entry::Loaded { file, decoded } => Some((*file, decoded.as_ref())),
            _ => None,
        })
    }

    pub(crate) fn config(&self, name: &str) -> Option<(usize, &TaskConfig)> {
        match self.entry(name)? {
            Entry::Loaded { file, decoded } => Some((*file, &decoded.value)),
            _ => None,
        }
    }
}

/// Returns the `uri` of the git resource that a job gets under the artifact's name.
fn repository_of(
    job: &pipeline::model::Job,
    pipeline: &pipeline::model::Pipeline,
    artifact: &str,
) -> Option<String> {
    let mut resource = None;
    job.walk(&mut |step| {
        if let StepConfig::Get(get) = step
            && *get.name == artifact
        {
            resource = pipeline.resource(get.resource_name());
        }
    });
    let resource = resource.filter(|resource| *resource.kind == "git")?;
    resource.source.as_ref()?.get("uri")?.as_str().map(str::to_owned)
}
