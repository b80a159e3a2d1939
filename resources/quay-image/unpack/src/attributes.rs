//! Owners, permissions, times and extended attributes.

use std::io;
use std::os::fd::{AsFd, BorrowedFd};
use std::sync::atomic::{AtomicU64, Ordering};

use rustix::fs::{AtFlags, Gid, Mode, Timespec, Timestamps, Uid, XattrFlags};
use rustix::io::Errno;

use crate::tar::{Entry, ModificationTime};

/// What an entry says of what it describes, beside its content.
#[derive(Clone, Debug)]
pub(crate) struct Attributes {
    pub(crate) mode: u32,
    user: u32,
    group: u32,
    modified: ModificationTime,
    xattrs: Vec<(Vec<u8>, Vec<u8>)>,
}

/// Permissions beyond read, write and execute: changing the owner takes them away.
const SPECIAL_BITS: u32 = 0o7000;
/// Permissions of what is not finished.
pub(crate) const PRIVATE_FILE: u32 = 0o600;

impl Attributes {
    /// Those of a folder that no entry describes. Its time is the same in every run: Concourse compares nothing, but
    /// people do.
    pub(crate) fn of_undescribed_folder() -> Self {
        Self { mode: 0o755, user: 0, group: 0, modified: ModificationTime::default(), xattrs: Vec::new() }
    }
}

impl From<&mut Entry> for Attributes {
    fn from(entry: &mut Entry) -> Self {
        Self {
            mode: entry.mode,
            user: entry.user,
            group: entry.group,
            modified: entry.modified,
            xattrs: std::mem::take(&mut entry.xattrs),
        }
    }
}

/// Sets attributes, as far as this process may.
#[derive(Debug)]
pub(crate) struct Setter {
    /// Whether owners are set: root can, others can't.
    owners: bool,
    /// Whom new files belong to without our doing.
    created_as: (u32, u32),
    /// Permissions that new files don't get.
    umask: u32,
    skipped_xattrs: AtomicU64,
}

impl Setter {
    /// Returns a setter for files in folders without the set-group-ID bit, which would hand its group down.
    pub(crate) fn new() -> Self {
        let user = rustix::process::geteuid().as_raw();
        let group = rustix::process::getegid().as_raw();
        Self {
            owners: user == 0,
            created_as: (user, group),
            umask: umask(),
            skipped_xattrs: AtomicU64::new(0),
        }
    }

    /// Returns how many extended attributes could not be set.
    pub(crate) fn skipped_xattrs(&self) -> u64 {
        self.skipped_xattrs.load(Ordering::Relaxed)
    }

    /// Returns the permissions to create a file with: the final ones if nothing would change them until the end.
    pub(crate) fn creation_mode(&self, attributes: &Attributes) -> u32 {
        if attributes.mode & (SPECIAL_BITS | self.umask) == 0 { attributes.mode } else { PRIVATE_FILE }
    }

    /// Completes an open file or folder that was created with `mode`.
    pub(crate) fn complete(
        &self,
        file: BorrowedFd<'_>,
        mode: u32,
        attributes: &Attributes,
    ) -> io::Result<()> {
        if let Some((user, group)) = self.owner_to_set(attributes) {
            rustix::fs::fchown(file, Some(user), Some(group))?;
        }
        // After the owner, since a change of owner drops the special bits and the capabilities.
        if attributes.mode != mode {
            rustix::fs::fchmod(file, Mode::from_raw_mode(attributes.mode))?;
        }
        for (name, value) in &attributes.xattrs {
            self.set_xattr(file, name, value)?;
        }
        rustix::fs::futimens(file, &timestamps(attributes))?;
        Ok(())
    }

    /// Completes what can't be opened: a symbolic link or a pipe. It has no extended attributes that matter.
    pub(crate) fn complete_by_name(
        &self,
        folder: BorrowedFd<'_>,
        name: &[u8],
        attributes: &Attributes,
    ) -> io::Result<()> {
        if let Some((user, group)) = self.owner_to_set(attributes) {
            rustix::fs::chownat(folder, name, Some(user), Some(group), AtFlags::SYMLINK_NOFOLLOW)?;
        }
        rustix::fs::utimensat(folder, name, &timestamps(attributes), AtFlags::SYMLINK_NOFOLLOW)?;
        Ok(())
    }

    fn owner_to_set(&self, attributes: &Attributes) -> Option<(Uid, Gid)> {
        let owner = (attributes.user, attributes.group);
        let wanted = self.owners && owner != self.created_as;
        wanted.then(|| (Uid::from_raw(owner.0), Gid::from_raw(owner.1)))
    }

    fn set_xattr(&self, file: BorrowedFd<'_>, name: &[u8], value: &[u8]) -> io::Result<()> {
        if !is_kept(name) {
            self.skipped_xattrs.fetch_add(1, Ordering::Relaxed);
            return Ok(());
        }
        match rustix::fs::fsetxattr(file.as_fd(), name, value, XattrFlags::empty()) {
            Ok(()) => Ok(()),
            Err(Errno::NOTSUP | Errno::PERM) => {
                self.skipped_xattrs.fetch_add(1, Ordering::Relaxed);
                Ok(())
            }
            Err(problem) => Err(problem.into()),
        }
    }
}

/// Tells whether an attribute belongs to the image: what users set, and capabilities. Others speak of the machine that
/// built it (SELinux labels) or would speak to this one (overlayfs).
fn is_kept(name: &[u8]) -> bool {
    let of_user = name.starts_with(b"user.") && !name.starts_with(b"user.overlay.");
    of_user || name == b"security.capability"
}

fn timestamps(attributes: &Attributes) -> Timestamps {
    let ModificationTime { seconds, nanoseconds } = attributes.modified;
    let time = Timespec { tv_sec: seconds, tv_nsec: nanoseconds.into() };
    Timestamps { last_access: time, last_modification: time }
}

/// Reads the process's umask without changing it. Where it can't be read, permissions are simply set once more.
fn umask() -> u32 {
    let status = std::fs::read_to_string("/proc/self/status").unwrap_or_default();
    let line = status.lines().find_map(|line| line.strip_prefix("Umask:"));
    line.and_then(|value| u32::from_str_radix(value.trim(), 8).ok()).unwrap_or(0o777)
}
