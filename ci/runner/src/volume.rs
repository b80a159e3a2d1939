//! Folders that artifacts are kept in.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::OwnedFd;
use std::path::{Path, PathBuf};

use rustix::fs::{CWD, Mode, OFlags, ResolveFlags, openat, openat2};

/// How large a file may be that a step reads from an artifact, in bytes.
const MAX_FILE_BYTES: u64 = pipeline::yaml::MAX_BYTES as u64;

/// A folder with an artifact's files. Once registered nobody writes to it: consumers get copies.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Volume {
    folder: PathBuf,
}

impl Volume {
    /// Returns the volume of a folder.
    pub fn new(folder: impl Into<PathBuf>) -> Self {
        Self { folder: folder.into() }
    }

    /// Returns the folder.
    pub fn folder(&self) -> &Path {
        &self.folder
    }

    /// Reads a text file of the artifact. Links are followed as if the artifact were the whole file system.
    ///
    /// # Errors
    /// There is no such file, it is no text, or it is too large.
    pub fn read(&self, path: &str) -> io::Result<String> {
        let root =
            openat(CWD, &self.folder, OFlags::PATH | OFlags::DIRECTORY | OFlags::CLOEXEC, Mode::empty())?;
        let file = open_within(&root, path)?;
        let mut text = String::new();
        let read = file.take(MAX_FILE_BYTES + 1).read_to_string(&mut text)? as u64;
        if read > MAX_FILE_BYTES {
            return Err(io::Error::other(format!("it is larger than {MAX_FILE_BYTES} bytes")));
        }
        Ok(text)
    }
}

/// Opens a file for reading, never outside of `root`; what is no regular file is refused before it can block.
fn open_within(root: &OwnedFd, path: &str) -> io::Result<File> {
    let flags = OFlags::RDONLY | OFlags::CLOEXEC | OFlags::NONBLOCK;
    let file = File::from(openat2(root, path, flags, Mode::empty(), ResolveFlags::IN_ROOT)?);
    if !file.metadata()?.is_file() {
        return Err(io::Error::new(io::ErrorKind::InvalidInput, "it is no regular file"));
    }
    Ok(file)
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::symlink;

    use super::*;

    #[test]
    fn files_are_read_within_the_volume_only() {
        let folder = tempfile::tempdir().unwrap();
        let volume = Volume::new(folder.path().join("artifact"));
        std::fs::create_dir_all(volume.folder().join("ci")).unwrap();
        std::fs::write(folder.path().join("secret"), "outside").unwrap();
        std::fs::write(volume.folder().join("ci/task.yml"), "inside").unwrap();
        symlink("/ci/task.yml", volume.folder().join("link")).unwrap();
        symlink("../secret", volume.folder().join("leak")).unwrap();
        let cases = [
            ("ci/task.yml", Some("inside")),
            ("link", Some("inside")),
            ("../artifact/ci/task.yml", None),
            ("../secret", None),
            ("leak", None),
            ("ci", None),
        ];
        for (path, expected) in cases {
            assert_eq!(volume.read(path).ok().as_deref(), expected, "{path}");
        }
    }
}
