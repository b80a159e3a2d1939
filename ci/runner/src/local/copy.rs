//! Copies of folders, made by the file system without copying bytes where it can.

use std::fs::{self, File, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, lchown, symlink};
use std::path::Path;

use crate::outcome::{Problem, problem_of};
use crate::volume::Volume;

/// Copies an artifact into a folder of the user's, which is made. Files of the same names are replaced, others stay.
///
/// # Errors
/// Something cannot be written, a folder stands where a file goes, or the folder is in the artifact itself.
pub fn keep_artifact(volume: &Volume, destination: &Path) -> Result<(), Problem> {
    let about = format!("cannot keep an artifact in `{}`", destination.display());
    if is_within(destination, volume.folder()) {
        return Err(Problem::new(format!("{about}: the folder is in the artifact"))
            .hint("name a folder that is not among what quayside remembers"));
    }
    merge_folder(volume.folder(), destination).map_err(|error| problem_of(&about, error))
}

/// Copies what is in a folder into another, which is made: files, folders, links, their modes and owners. Devices,
/// sockets and pipes are left out.
pub(super) fn copy_folder(from: &Path, to: &Path) -> io::Result<()> {
    copy_children(from, to, copy_entry)?;
    take_after(to, &fs::metadata(from)?)
}

/// Copies a file, link or folder to where there is nothing.
pub(super) fn copy_entry(from: &Path, to: &Path) -> io::Result<()> {
    let metadata = fs::symlink_metadata(from)?;
    if metadata.is_dir() {
        return copy_folder(from, to);
    }
    if metadata.is_symlink() {
        symlink(fs::read_link(from)?, to)?;
        return own_as(to, &metadata);
    }
    if !metadata.is_file() {
        return Ok(());
    }
    copy_file(from, to)?;
    take_after(to, &metadata)
}

/// Returns whether a path, which need not be there yet, lies in a folder or is it, links followed.
pub(super) fn is_within(path: &Path, folder: &Path) -> bool {
    let absolute = std::path::absolute(path).unwrap_or_else(|_| path.to_owned());
    let there = absolute.ancestors().find_map(|ancestor| ancestor.canonicalize().ok());
    folder.canonicalize().is_ok_and(|folder| there.is_some_and(|there| there.starts_with(folder)))
}

fn merge_folder(from: &Path, to: &Path) -> io::Result<()> {
    copy_children(from, to, merge_entry)
}

fn merge_entry(from: &Path, to: &Path) -> io::Result<()> {
    if fs::symlink_metadata(from)?.is_dir() {
        // A link is not followed: it could lead out of the destination.
        if fs::symlink_metadata(to).is_ok_and(|there| there.is_symlink()) {
            fs::remove_file(to)?;
        }
        return merge_folder(from, to);
    }
    match fs::remove_file(to) {
        Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
        _ => copy_entry(from, to),
    }
}

fn copy_children(from: &Path, to: &Path, copy: impl Fn(&Path, &Path) -> io::Result<()>) -> io::Result<()> {
    fs::create_dir_all(to)?;
    for entry in fs::read_dir(from)? {
        let entry = entry?;
        copy(&entry.path(), &to.join(entry.file_name()))?;
    }
    Ok(())
}

fn copy_file(from: &Path, to: &Path) -> io::Result<()> {
    let (source, target) = (File::open(from)?, File::create_new(to)?);
    if rustix::fs::ioctl_ficlone(&target, &source).is_ok() {
        return Ok(());
    }
    io::copy(&mut &source, &mut &target).map(|_| ())
}

/// Gives a copy its owner and mode. The owner first: giving a file away takes its set-user bit.
fn take_after(path: &Path, metadata: &fs::Metadata) -> io::Result<()> {
    own_as(path, metadata)?;
    fs::set_permissions(path, Permissions::from_mode(metadata.mode() & 0o7777))
}

/// Gives a copy its owner; only root can.
fn own_as(path: &Path, metadata: &fs::Metadata) -> io::Result<()> {
    if rustix::process::geteuid().is_root() {
        lchown(path, Some(metadata.uid()), Some(metadata.gid()))?;
    }
    Ok(())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_copy_has_links_modes_and_nothing_that_blocks() {
        let folder = tempfile::tempdir().unwrap();
        let from = folder.path().join("from");
        fs::create_dir_all(from.join("a")).unwrap();
        fs::write(from.join("a/run"), "x").unwrap();
        fs::set_permissions(from.join("a/run"), Permissions::from_mode(0o4750)).unwrap();
        symlink("../../outside", from.join("a/link")).unwrap();
        rustix::fs::mknodat(
            rustix::fs::CWD,
            from.join("pipe"),
            rustix::fs::FileType::Fifo,
            rustix::fs::Mode::RUSR,
            0,
        )
        .unwrap();
        let to = folder.path().join("to");
        copy_folder(&from, &to).unwrap();
        assert_eq!(fs::metadata(to.join("a/run")).unwrap().mode() & 0o7777, 0o4750);
        assert_eq!(fs::read_link(to.join("a/link")).unwrap(), Path::new("../../outside"));
        assert!(!to.join("pipe").exists());
    }

    #[test]
    fn an_artifact_is_not_kept_in_itself() {
        let folder = tempfile::tempdir().unwrap();
        let artifact = folder.path().join("artifact");
        fs::create_dir_all(artifact.join("sub")).unwrap();
        symlink(artifact.join("sub"), folder.path().join("link")).unwrap();
        for inside in ["artifact", "artifact/new/folder", "artifact/sub", "link", "link/new"] {
            let refused = keep_artifact(&Volume::new(&artifact), &folder.path().join(inside)).unwrap_err();
            assert!(refused.to_string().ends_with("the folder is in the artifact"), "{inside}: {refused}");
        }
        for outside in ["artifact-2", "other/artifact", "artifact/../beside"] {
            keep_artifact(&Volume::new(&artifact), &folder.path().join(outside)).unwrap();
        }
    }

    #[test]
    fn a_kept_artifact_stays_within_its_destination() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["artifact/out", "outside", "kept"] {
            fs::create_dir_all(path(name)).unwrap();
        }
        fs::write(path("artifact/out/file"), "new").unwrap();
        fs::write(path("artifact/same"), "new").unwrap();
        fs::write(path("kept/same"), "old").unwrap();
        fs::write(path("kept/other"), "old").unwrap();
        symlink(path("outside"), path("kept/out")).unwrap();
        keep_artifact(&Volume::new(path("artifact")), &path("kept")).unwrap();
        let read = |name: &str| fs::read_to_string(path(name)).ok();
        assert_eq!(read("kept/out/file").as_deref(), Some("new"));
        assert_eq!(read("kept/same").as_deref(), Some("new"));
        assert_eq!(read("kept/other").as_deref(), Some("old"));
        assert_eq!(read("outside/file"), None);
    }
}
