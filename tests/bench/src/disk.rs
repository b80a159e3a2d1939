//! A filesystem that nothing was ever deleted from.
//!
//! ext4 hands out no inode that was freed in the last minutes while others can be found, and looks at each of them for
//! every new file. What ran before would make what runs next slower by a multiple.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use stack::Folder;

/// Bytes, of which a sparse file takes only what is used.
const SIZE: u64 = 6 << 30;

/// A place for what is unpacked.
pub(crate) struct Disk {
    folder: Folder,
}

impl Disk {
    pub(crate) fn new() -> Self {
        Self { folder: Folder::new("bench") }
    }

    /// The folder that is emptied by [`Disk::renew`].
    pub(crate) fn target(&self) -> PathBuf {
        self.mounted().join("target")
    }

    /// Makes a new filesystem with an empty target folder.
    ///
    /// # Errors
    /// When it can't be made, which root alone may.
    pub(crate) fn renew(&self) -> Result<(), String> {
        self.unmount();
        let image = self.folder.path().join("image");
        let problem = |cause: std::io::Error| cause.to_string();
        let _ = std::fs::remove_file(&image);
        std::fs::File::create(&image).and_then(|file| file.set_len(SIZE)).map_err(problem)?;
        std::fs::create_dir_all(self.mounted()).map_err(problem)?;
        let at_once = "lazy_itable_init=0,lazy_journal_init=0";
        succeed(Command::new("mkfs.ext4").args(["-q", "-F", "-E", at_once]).arg(&image))?;
        succeed(Command::new("mount").args(["-o", "loop"]).arg(&image).arg(self.mounted()))?;
        std::fs::create_dir(self.target()).map_err(problem)
    }

    fn mounted(&self) -> PathBuf {
        self.folder.path().join("mounted")
    }

    fn unmount(&self) {
        if is_mounted(&self.mounted()) {
            let _ = succeed(Command::new("umount").arg(self.mounted()));
        }
    }
}

impl Drop for Disk {
    fn drop(&mut self) {
        self.unmount();
    }
}

fn is_mounted(folder: &Path) -> bool {
    let mounts = std::fs::read_to_string("/proc/self/mounts").unwrap_or_default();
    mounts.lines().any(|line| line.split(' ').nth(1) == folder.to_str())
}

fn succeed(command: &mut Command) -> Result<(), String> {
    let name = command.get_program().display().to_string();
    match command.stdin(Stdio::null()).output() {
        Ok(output) if output.status.success() => Ok(()),
        Ok(output) => Err(format!("{name}: {}", String::from_utf8_lossy(&output.stderr).trim())),
        Err(problem) => Err(format!("{name}: {problem}")),
    }
}
