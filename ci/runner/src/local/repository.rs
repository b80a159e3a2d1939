//! The git repository that a folder is in, and which of its files git would not ignore.

use std::ffi::OsStr;
use std::os::unix::ffi::OsStrExt;
use std::path::{Path, PathBuf};
use std::sync::Once;

use git2::{Repository, Status, StatusOptions};

/// Opens the repository that a folder is in. There may be none.
pub(super) fn around(folder: &Path) -> Option<Repository> {
    trust_other_owners();
    Repository::discover(folder).ok()
}

/// Has repositories of other users opened too: root runs containers, and the working tree is somebody else's.
///
/// Git refuses them since their configuration could name programs to run; libgit2 runs none.
fn trust_other_owners() {
    static ONCE: Once = Once::new();
    ONCE.call_once(|| {
        // SAFETY: the setting is read only when a repository is opened, which all our code does after this.
        // Where it cannot be set, such repositories are refused as before.
        let _set = unsafe { git2::opts::set_verify_owner_validation(false) };
    });
}

/// Returns the paths that differ from the commit, sorted. What `.gitignore` excludes is not among them.
pub(super) fn changed(repository: &Repository) -> Result<Vec<PathBuf>, git2::Error> {
    listed(repository, |status| status != Status::CURRENT)
}

/// Returns the paths that git knows or would not ignore, sorted, as far as they are there.
pub(super) fn not_ignored(repository: &Repository) -> Result<Vec<PathBuf>, git2::Error> {
    let Some(root) = repository.workdir() else { return Ok(Vec::new()) };
    let mut paths = listed(repository, |status| status.contains(Status::WT_NEW))?;
    paths.extend(repository.index()?.iter().map(|entry| path_of(&entry.path)));
    paths.retain(|path| root.join(path).symlink_metadata().is_ok());
    paths.sort();
    paths.dedup();
    Ok(paths)
}

fn listed(repository: &Repository, is_wanted: impl Fn(Status) -> bool) -> Result<Vec<PathBuf>, git2::Error> {
    let mut options = StatusOptions::new();
    options.include_untracked(true).recurse_untracked_dirs(true).include_ignored(false);
    let statuses = repository.statuses(Some(&mut options))?;
    let wanted = statuses.iter().filter(|entry| is_wanted(entry.status()));
    let mut paths: Vec<PathBuf> = wanted.map(|entry| path_of(entry.path_bytes())).collect();
    paths.sort();
    Ok(paths)
}

/// Paths need not be UTF-8.
fn path_of(bytes: &[u8]) -> PathBuf {
    PathBuf::from(OsStr::from_bytes(bytes))
}
