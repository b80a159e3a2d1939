//! A folder of the user's in place of an artifact.

use std::fs;
use std::path::{Path, PathBuf};

use git2::{Repository, Status, StatusOptions};

use super::copy::{copy_entry, copy_folder};
use crate::outcome::{Problem, problem_of};
use crate::volume::Volume;

/// What of a folder is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    /// In a git working tree, all but what `.gitignore` excludes; elsewhere everything.
    WithoutIgnored,
    /// Everything.
    Everything,
}

/// Takes a copy of a folder, so that nothing a step does changes the folder itself.
///
/// # Errors
/// It is no folder, or cannot be copied.
pub fn take_folder(folder: &Path, into: &Path, selection: Selection) -> Result<Volume, Problem> {
    let shown = folder.display();
    if !folder.is_dir() {
        return Err(Problem::new(format!("`{shown}` is not a folder")));
    }
    let failed = |error| problem_of(&format!("cannot copy `{shown}`"), error);
    let root = folder.canonicalize().map_err(failed)?;
    let chosen = match selection {
        Selection::WithoutIgnored => not_ignored(&root),
        Selection::Everything => None,
    };
    match chosen {
        None => copy_folder(&root, into).map_err(failed)?,
        Some(paths) => {
            fs::create_dir_all(into).map_err(failed)?;
            for path in paths {
                let to = into.join(&path);
                if let Some(parent) = to.parent() {
                    fs::create_dir_all(parent).map_err(failed)?;
                }
                copy_entry(&root.join(&path), &to).map_err(failed)?;
            }
        }
    }
    Ok(Volume::new(into))
}

/// Returns what git would not ignore below a folder; nothing when the folder is in no working tree.
fn not_ignored(folder: &Path) -> Option<Vec<PathBuf>> {
    let repository = Repository::discover(folder).ok()?;
    let root = repository.workdir()?.canonicalize().ok()?;
    let below = folder.strip_prefix(&root).ok()?;
    let mut paths: Vec<PathBuf> = Vec::new();
    let index = repository.index().ok()?;
    let tracked = index.iter().map(|entry| PathBuf::from(String::from_utf8_lossy(&entry.path).into_owned()));
    paths.extend(tracked.filter(|path| root.join(path).symlink_metadata().is_ok()));
    let mut options = StatusOptions::new();
    options.include_untracked(true).recurse_untracked_dirs(true).include_ignored(false);
    let statuses = repository.statuses(Some(&mut options)).ok()?;
    let untracked = statuses.iter().filter(|entry| entry.status().contains(Status::WT_NEW));
    paths.extend(untracked.filter_map(|entry| entry.path().ok().map(PathBuf::from)));
    paths.sort();
    paths.dedup();
    Some(paths.iter().filter_map(|path| path.strip_prefix(below).ok()).map(Path::to_owned).collect())
}
