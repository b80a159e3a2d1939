//! The folder of one process of a step.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use super::kept::{Kept, NOTE};
use super::remove::remove_folder;
use crate::keeper::Work;
use crate::outcome::{Problem, problem_of};
use crate::plan::StepId;

/// Where a task leaves its outputs, which outlive the rest.
const OUTPUTS: &str = "outputs";

/// The folder of one process of a step: what it saw, what it changed, what it left.
pub(super) struct StepFolder {
    path: PathBuf,
    step: StepId,
    verb: &'static str,
    name: String,
}

impl StepFolder {
    pub(super) fn new(path: PathBuf, step: StepId, verb: &'static str, name: &str) -> Self {
        Self { path, step, verb, name: name.to_owned() }
    }

    pub(super) fn path(&self) -> &Path {
        &self.path
    }

    pub(super) fn outputs(&self) -> PathBuf {
        self.path.join(OUTPUTS)
    }

    /// Notes what runs here, for who wants to look at it after it failed.
    pub(super) fn note(&self, work: &Work) -> Result<(), Problem> {
        let kept = Kept::new(self.step, &self.name, self.verb, work.clone());
        let failed = |error| problem_of("cannot note what the step runs", error);
        let text = serde_json::to_vec(&kept).map_err(|error| problem_of("what the step runs", error))?;
        // It holds the environment, and with it secrets.
        let file = OpenOptions::new().write(true).create_new(true).mode(0o600).open(self.path.join(NOTE));
        file.and_then(|mut file| file.write_all(&text)).map_err(failed)
    }

    /// Removes all but the outputs: nobody looks at what went well.
    pub(super) fn went_well(&self) {
        let entries = std::fs::read_dir(&self.path).into_iter().flatten().flatten();
        for entry in entries.filter(|entry| entry.file_name() != OUTPUTS) {
            // What stays is removed with the run.
            let _left = remove_folder(&entry.path());
        }
        // Only when it is empty.
        let _has_outputs = std::fs::remove_dir(&self.path);
    }
}

/// Returns a name for a file that says what it is for, whatever is in the name.
pub(super) fn file_name(name: &str) -> String {
    let is_plain = |character: char| character.is_ascii_alphanumeric() || matches!(character, '-' | '_');
    let plain = name.chars().map(|character| if is_plain(character) { character } else { '_' });
    plain.take(60).collect()
}
