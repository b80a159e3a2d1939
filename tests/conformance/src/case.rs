//! A pipeline and what is expected of it.

use std::fs;
use std::path::{Path, PathBuf};

use pipeline::yaml::{self, Node};

use crate::Seen;

/// A pipeline and what is expected of it.
#[derive(Clone, Debug)]
pub struct Case {
    /// Its file below `cases/`, without the ending.
    pub name: String,
    /// The pipeline's text.
    pub pipeline: String,
    /// The job to run.
    pub job: String,
    /// Jobs to run before.
    pub before: Vec<String>,
    /// The run is aborted as soon as a step prints this.
    pub abort_at: Option<String>,
    /// Where alone it can be run.
    pub needs: Needs,
    status: String,
    steps: Vec<String>,
    order: Vec<String>,
    log: Vec<String>,
    absent: Vec<String>,
}

/// What a case needs.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Needs {
    /// Nothing special.
    Nothing,
    /// Its tasks must run in containers.
    Containers,
    /// Its tasks must run without: they name no image.
    Processes,
}

impl Case {
    /// Reads all cases below a folder, in the order of their names.
    ///
    /// # Panics
    ///
    /// When one cannot be read.
    pub fn all(folder: &Path) -> Vec<Self> {
        let mut files = Vec::new();
        collect(folder, &mut files);
        files.sort();
        files.iter().map(|file| Self::read(folder, file)).collect()
    }

    fn read(folder: &Path, file: &Path) -> Self {
        let name = file.strip_prefix(folder).unwrap_or(file).with_extension("").display().to_string();
        let text = fs::read_to_string(file).unwrap_or_else(|error| panic!("{name}: {error}"));
        let (pipeline, expected) =
            text.split_once("\n---\n").unwrap_or_else(|| panic!("{name}: nothing is expected"));
        let expected = yaml::read(expected).ok().and_then(|document| document.root);
        let expected = expected.unwrap_or_else(|| panic!("{name}: what is expected cannot be read"));
        let text_of = |key: &str| expected.get(key).and_then(Node::as_str).map(str::to_owned);
        let list_of = |key: &str| {
            let items = expected.get(key).and_then(Node::as_list).unwrap_or_default();
            items.iter().filter_map(Node::as_str).map(str::to_owned).collect::<Vec<_>>()
        };
        Self {
            pipeline: pipeline.to_owned(),
            job: text_of("job").unwrap_or_else(|| "job".into()),
            before: list_of("before"),
            abort_at: text_of("abort_at"),
            needs: match text_of("needs").as_deref() {
                None => Needs::Nothing,
                Some("container") => Needs::Containers,
                Some("process") => Needs::Processes,
                Some(other) => panic!("{name}: nothing can be done about `{other}`"),
            },
            status: text_of("status").unwrap_or_else(|| panic!("{name}: no status is expected")),
            steps: list_of("steps"),
            order: list_of("order"),
            log: list_of("log"),
            absent: list_of("absent"),
            name,
        }
    }

    /// Returns where what was seen is not as expected; nothing when all is.
    pub fn differences(&self, seen: &Seen) -> Vec<String> {
        let mut differences = Vec::new();
        if seen.status != self.status {
            differences.push(format!("it {}, expected was: {}", seen.status, self.status));
        }
        let sorted = |steps: &[String]| {
            let mut steps = steps.to_vec();
            steps.sort();
            steps
        };
        if sorted(&seen.ended) != sorted(&self.steps) {
            differences.push(format!("steps: {:?}, expected were: {:?}", seen.ended, self.steps));
        }
        let started: Vec<&String> = seen.started.iter().filter(|title| self.order.contains(title)).collect();
        if !self.order.is_empty() && started != self.order.iter().collect::<Vec<_>>() {
            differences.push(format!("started: {started:?}, expected were: {:?}", self.order));
        }
        let missing = self.log.iter().filter(|text| !seen.log.contains(*text));
        differences.extend(missing.map(|text| format!("the log lacks: {text}")));
        let unwanted = self.absent.iter().filter(|text| seen.log.contains(*text));
        differences.extend(unwanted.map(|text| format!("the log has: {text}")));
        if !differences.is_empty() {
            differences.push(format!("the log:\n{}", seen.log));
        }
        differences
    }
}

fn collect(folder: &Path, files: &mut Vec<PathBuf>) {
    let entries = fs::read_dir(folder).unwrap_or_else(|error| panic!("{}: {error}", folder.display()));
    for path in entries.map(|entry| entry.unwrap_or_else(|error| panic!("{error}")).path()) {
        if path.is_dir() {
            collect(&path, files);
        } else {
            files.push(path);
        }
    }
}
