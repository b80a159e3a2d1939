//! Removing what steps left.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::PermissionsExt;
use std::path::Path;

/// Removes what the steps of a run left. There may be nothing.
///
/// # Errors
/// Something cannot be removed.
pub fn remove_steps(run_folder: &Path) -> io::Result<()> {
    match remove_folder(&run_folder.join("steps")) {
        Err(error) if error.kind() == io::ErrorKind::NotFound => Ok(()),
        removed => removed,
    }
}

/// Removes a folder or file, also where a step took its own rights away.
pub(super) fn remove_folder(path: &Path) -> io::Result<()> {
    let metadata = fs::symlink_metadata(path)?;
    if !metadata.is_dir() {
        return fs::remove_file(path);
    }
    match fs::remove_dir_all(path) {
        Err(error) if error.kind() == io::ErrorKind::PermissionDenied => {
            open_up(path)?;
            fs::remove_dir_all(path)
        }
        removed => removed,
    }
}

/// Lets us into a folder and all below.
fn open_up(folder: &Path) -> io::Result<()> {
    fs::set_permissions(folder, Permissions::from_mode(0o700))?;
    for entry in fs::read_dir(folder)? {
        let entry = entry?;
        if entry.file_type()?.is_dir() {
            open_up(&entry.path())?;
        }
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn folders_without_rights_are_removed() {
        let run = tempfile::tempdir().unwrap();
        let folder = run.path().join("steps/a/closed/inner");
        fs::create_dir_all(&folder).unwrap();
        fs::set_permissions(folder.parent().unwrap(), Permissions::from_mode(0o000)).unwrap();
        remove_steps(run.path()).unwrap();
        assert!(!run.path().join("steps").exists());
        remove_steps(run.path()).unwrap();
    }
}
