//! The folder of one process of a step.

use std::fs::OpenOptions;
use std::io::Write;
use std::os::unix::fs::OpenOptionsExt;
use std::path::{Path, PathBuf};

use sha2::{Digest, Sha256};

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

/// Returns a name for a file that no other text has: one that is not plain gets the start of its hash behind.
pub(super) fn own_file_name(name: &str) -> String {
    let plain = file_name(name);
    if plain == name {
        return plain;
    }
    let hash = Sha256::digest(name.as_bytes());
    let hash: String = hash[..4].iter().map(|byte| format!("{byte:02x}")).collect();
    format!("{plain}-{hash}")
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn each_text_has_a_file_name_of_its_own() {
        assert_eq!(own_file_name("app-1"), "app-1");
        let names = ["app/a:1", "app/a.1", "app/a_1", "app_a_1"].map(own_file_name);
        for (index, name) in names.iter().enumerate() {
            assert!(name.starts_with("app_a_1") && !name.contains('/'), "{name}");
            assert!(!names[..index].contains(name), "{names:?}");
        }
        assert!(own_file_name(&"x".repeat(1000)).len() < 100);
    }
}
