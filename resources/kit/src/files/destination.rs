//! The folder that a get fills.

use std::fs::{self, File, OpenOptions};
use std::io::Write;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::{Component, Path, PathBuf};

use crate::{Context, Error, Result};

/// The folder that a get fills. Nothing is ever half-written under its final name, and nothing leaves the folder.
#[derive(Clone, Debug)]
pub struct Destination {
    root: PathBuf,
}

const PUBLIC_FILE: u32 = 0o644;
const SECRET_FILE: u32 = 0o600;
const SECRET_FOLDER: u32 = 0o700;

impl Destination {
    /// Opens the folder, which must exist: Concourse makes it.
    ///
    /// # Errors
    /// When it isn't a folder.
    pub fn open(root: impl Into<PathBuf>) -> Result<Self> {
        let root = root.into();
        let metadata =
            fs::metadata(&root).context(|| format!("cannot use the destination `{}`", root.display()))?;
        if !metadata.is_dir() {
            return Err(Error::new(format!("the destination `{}` is not a folder", root.display())));
        }
        Ok(Self { root })
    }

    /// Returns the folder itself.
    pub fn root(&self) -> &Path {
        &self.root
    }

    /// Writes a file that everybody may read, replacing what was there.
    ///
    /// # Errors
    /// When `name` leaves the folder or the file can't be written.
    pub fn write(&self, name: &str, content: impl AsRef<[u8]>) -> Result<()> {
        self.write_with_mode(name, content.as_ref(), PUBLIC_FILE)
    }

    /// Writes a file with mode 0600, and missing folders above it with mode 0700.
    ///
    /// # Errors
    /// When `name` leaves the folder or the file can't be written.
    pub fn write_secret(&self, name: &str, content: impl AsRef<[u8]>) -> Result<()> {
        self.write_with_mode(name, content.as_ref(), SECRET_FILE)
    }

    /// Begins a file or folder that gets its final name only with [`Staged::commit`].
    ///
    /// # Errors
    /// When `name` leaves the folder or its parent can't be made.
    pub fn stage(&self, name: &str) -> Result<Staged> {
        let target = self.path(name)?;
        let partial = partial_name(&target);
        remove(&partial)?;
        Ok(Staged { partial, target })
    }

    fn write_with_mode(&self, name: &str, content: &[u8], mode: u32) -> Result<()> {
        let target = self.path(name)?;
        if mode == SECRET_FILE {
            self.make_private_parents(&target)?;
        } else if let Some(parent) = target.parent() {
            fs::create_dir_all(parent).context(|| format!("cannot make `{}`", parent.display()))?;
        }
        let staged = self.stage(name)?;
        let mut file = staged.create_file(mode)?;
        file.write_all(content).context(|| format!("cannot write `{}`", target.display()))?;
        drop(file);
        staged.commit()
    }

    fn make_private_parents(&self, target: &Path) -> Result<()> {
        let mut folder = self.root.clone();
        let below = target.strip_prefix(&self.root).unwrap_or(target).parent();
        for component in below.into_iter().flat_map(Path::components) {
            folder.push(component);
            if !folder.is_dir() {
                let problem = || format!("cannot make `{}`", folder.display());
                fs::create_dir(&folder).context(problem)?;
                fs::set_permissions(&folder, fs::Permissions::from_mode(SECRET_FOLDER)).context(problem)?;
            }
        }
        Ok(())
    }

    /// Returns where `name` stands. Names come from servers as well: each part must be a plain one.
    fn path(&self, name: &str) -> Result<PathBuf> {
        let relative = Path::new(name);
        let plain = relative.components().all(|component| matches!(component, Component::Normal(_)));
        if name.is_empty() || name.contains('\0') || !plain {
            return Err(Error::new(format!("`{name}` is no name for a file below the destination")));
        }
        // A link on the way, left by somebody else, could lead out.
        let mut on_the_way = self.root.clone();
        for component in relative.parent().into_iter().flat_map(Path::components) {
            on_the_way.push(component);
            if on_the_way.is_symlink() {
                return Err(Error::new(format!("`{}` is a symbolic link", on_the_way.display())));
            }
        }
        Ok(self.root.join(relative))
    }
}

/// A file or folder that is being made beside its final place.
///
/// Dropped without [`Staged::commit`], it is removed.
#[derive(Debug)]
pub struct Staged {
    partial: PathBuf,
    target: PathBuf,
}

impl Staged {
    /// Returns where to write until the commit. Nothing is there yet.
    pub fn path(&self) -> &Path {
        &self.partial
    }

    /// Creates the file at [`Staged::path`].
    ///
    /// # Errors
    /// When the file can't be created.
    pub fn create_file(&self, mode: u32) -> Result<File> {
        let file = OpenOptions::new().write(true).create_new(true).mode(mode).open(&self.partial);
        file.context(|| format!("cannot create `{}`", self.target.display()))
    }

    /// Gives the finished file or folder its final name, in the place of what was there.
    ///
    /// # Errors
    /// When the rename fails.
    pub fn commit(self) -> Result<()> {
        if self.partial.is_dir() {
            remove(&self.target)?;
        }
        fs::rename(&self.partial, &self.target)
            .context(|| format!("cannot finish `{}`", self.target.display()))
    }
}

impl Drop for Staged {
    fn drop(&mut self) {
        // After a commit there is nothing left under this name. A failure to clean up hides no error that matters.
        let _ = remove(&self.partial);
    }
}

fn partial_name(target: &Path) -> PathBuf {
    let mut name = std::ffi::OsString::from(".");
    name.push(target.file_name().unwrap_or_default());
    name.push(".partial");
    target.with_file_name(name)
}

fn remove(path: &Path) -> Result<()> {
    let removed = match fs::symlink_metadata(path) {
        Err(_) => return Ok(()),
        Ok(metadata) if metadata.is_dir() => fs::remove_dir_all(path),
        Ok(_) => fs::remove_file(path),
    };
    removed.context(|| format!("cannot remove `{}`", path.display()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn destination() -> (tempfile::TempDir, Destination) {
        let folder = tempfile::tempdir().unwrap();
        let destination = Destination::open(folder.path()).unwrap();
        (folder, destination)
    }

    #[test]
    fn secrets_are_for_their_owner_alone() {
        let (folder, destination) = destination();
        destination.write_secret("db/password", "x").unwrap();
        let mode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().permissions().mode() & 0o777;
        assert_eq!((mode("db"), mode("db/password")), (SECRET_FOLDER, SECRET_FILE));
    }

    #[test]
    fn names_that_leave_the_folder_are_refused() {
        let (folder, destination) = destination();
        std::os::unix::fs::symlink("/tmp", folder.path().join("link")).unwrap();
        for name in ["", "../x", "/etc/x", "a/../../x", ".", "link/x"] {
            assert!(destination.write(name, "x").is_err(), "{name}");
        }
    }

    #[test]
    fn an_unfinished_folder_leaves_nothing() {
        let (folder, destination) = destination();
        let staged = destination.stage("rootfs").unwrap();
        fs::create_dir(staged.path()).unwrap();
        drop(staged);
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }

    #[test]
    fn a_commit_replaces_what_was_there() {
        let (folder, destination) = destination();
        for content in ["one", "two"] {
            let staged = destination.stage("rootfs").unwrap();
            fs::create_dir(staged.path()).unwrap();
            fs::write(staged.path().join(content), content).unwrap();
            staged.commit().unwrap();
        }
        assert!(!folder.path().join("rootfs/one").exists() && folder.path().join("rootfs/two").exists());
    }
}
