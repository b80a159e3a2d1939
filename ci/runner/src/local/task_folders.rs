//! The folders that a task sees and leaves.

use std::fs;
use std::io;
use std::path::PathBuf;

use sha2::{Digest, Sha256};

use super::Settings;
use super::copy::copy_folder;
use super::executor::make_private;
use super::step_folder::StepFolder;
use crate::executor::TaskRequest;
use crate::volume::Volume;

/// Folders of a task, each with the path at which the task sees it.
pub(super) struct TaskFolders {
    /// What it leaves, in the order of the request.
    pub(super) outputs: Vec<(String, PathBuf)>,
    /// What stays from run to run.
    pub(super) caches: Vec<(String, PathBuf)>,
    /// What it sees a copy of: inputs, but for those at the path of an output.
    pub(super) inputs: Vec<(String, Volume)>,
}

impl TaskFolders {
    /// Makes the folders. An output at an input's own path starts with what the input holds.
    pub(super) fn make(request: &TaskRequest, own: &StepFolder, settings: &Settings) -> io::Result<Self> {
        let mut inputs = request.inputs.clone();
        let mut outputs = Vec::new();
        for (index, (_, path)) in request.outputs.iter().enumerate() {
            let folder = own.outputs().join(index.to_string());
            match inputs.iter().position(|(input, _)| input == path) {
                Some(same) => copy_folder(inputs.remove(same).1.folder(), &folder)?,
                None => fs::create_dir_all(&folder)?,
            }
            outputs.push((path.clone(), folder));
        }
        let mut caches = Vec::new();
        for (index, (named, path)) in request.caches.iter().enumerate() {
            let folder = match &settings.cache_owner {
                Some(owner) => settings.cache_folder.join(cache_key(owner, &request.name, named)),
                None => own.path().join(format!("cache-{index}")),
            };
            make_private(&settings.cache_folder)?;
            fs::create_dir_all(&folder)?;
            caches.push((path.clone(), folder));
        }
        Ok(Self { outputs, caches, inputs })
    }

    /// Returns what the task left, by the names of artifacts.
    pub(super) fn artifacts(&self, request: &TaskRequest) -> Vec<(String, Volume)> {
        let outputs = request.outputs.iter().zip(&self.outputs);
        outputs.map(|((name, _), (_, folder))| (name.clone(), Volume::new(folder))).collect()
    }
}

/// A cache belongs to a job's step and the path that the task gives it.
fn cache_key(owner: &str, step: &str, path: &str) -> String {
    let mut hash = Sha256::new();
    for part in [owner, step, path] {
        hash.update((part.len() as u64).to_le_bytes());
        hash.update(part);
    }
    hash.finalize()[..16].iter().map(|byte| format!("{byte:02x}")).collect()
}
