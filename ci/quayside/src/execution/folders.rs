//! Folders that go in and out: `-i` and `-o`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use runner::local::{Selection, keep_artifact, take_folder};
use runner::volume::Volume;

use super::{Record, Session};
use crate::failure::Failure;
use crate::inputs::pair;

/// Takes copies of the folders that `-i NAME=FOLDER` names, for a run that has just begun. Where that cannot be, the run
/// is forgotten again.
pub(crate) fn take_folders(
    arguments: &[String],
    record: Record,
    session: &mut Session,
    selection: Selection,
) -> Result<(Record, BTreeMap<String, Volume>), Failure> {
    match named_folders(arguments, record.folder(), selection) {
        Ok(folders) => Ok((record, folders)),
        Err(failure) => {
            record.forget(session)?;
            Err(failure)
        }
    }
}

fn named_folders(
    arguments: &[String],
    run_folder: &Path,
    selection: Selection,
) -> Result<BTreeMap<String, Volume>, Failure> {
    let mut taken = BTreeMap::new();
    for (index, argument) in arguments.iter().enumerate() {
        let (name, folder) = pair(argument, "-i")?;
        let into = run_folder.join("inputs").join(index.to_string());
        if let Some(parent) = into.parent() {
            std::fs::create_dir_all(parent)?;
        }
        taken.insert(name.to_owned(), take_folder(Path::new(folder), &into, selection)?);
    }
    Ok(taken)
}

/// Where artifacts go after a run: `-o NAME=FOLDER`.
#[derive(Clone, Debug, Default)]
pub(crate) struct OutputFolders {
    named: Vec<(String, PathBuf)>,
}

impl OutputFolders {
    pub(crate) fn parse(arguments: &[String]) -> Result<Self, Failure> {
        let pairs = arguments.iter().map(|argument| pair(argument, "-o"));
        let named = pairs.map(|pair| pair.map(|(name, folder)| (name.to_owned(), PathBuf::from(folder))));
        Ok(Self { named: named.collect::<Result<_, _>>()? })
    }

    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.named.iter().map(|(name, _)| name.as_str())
    }

    /// Copies artifacts out. Returns the names of those that the run did not make.
    pub(crate) fn keep(&self, artifacts: &BTreeMap<String, Volume>) -> Result<Vec<&str>, Failure> {
        let mut missing = Vec::new();
        for (name, folder) in &self.named {
            match artifacts.get(name) {
                Some(volume) => keep_artifact(volume, folder)?,
                None => missing.push(name.as_str()),
            }
        }
        Ok(missing)
    }
}
