//! What a container sees of this machine's files, and where.

use std::fs::{self, Permissions};
use std::io;
use std::os::unix::fs::{MetadataExt, PermissionsExt, chown};
use std::path::{Path, PathBuf};

use super::user::User;
use crate::keeper::Mount;
use crate::local::copy::copy_folder;
use crate::local::place::changes;

/// What every container calls itself.
pub(super) const HOST_NAME: &str = "quayside";

/// All that a container sees.
pub(super) struct Prepared {
    /// Mounts to make before the container starts.
    pub(super) mounts: Vec<Mount>,
    /// What is then seen where.
    pub(super) seen: Vec<(String, PathBuf)>,
}

/// Prepares what a container sees.
pub(super) struct Sight<'step> {
    /// The step's own folder.
    pub(super) own: &'step Path,
    pub(super) user: &'step User,
    pub(super) has_overlays: bool,
    /// Whether we are root, and files can belong to others.
    pub(super) is_root: bool,
    mounts: Vec<Mount>,
    seen: Vec<(String, PathBuf)>,
}

impl<'step> Sight<'step> {
    pub(super) fn new(own: &'step Path, user: &'step User, has_overlays: bool, is_root: bool) -> Self {
        Self { own, user, has_overlays, is_root, mounts: Vec::new(), seen: Vec::new() }
    }

    /// Shows an image as the root file system, at a folder of the bundle.
    pub(super) fn root(&mut self, image: &Path, target: &Path) -> io::Result<()> {
        fs::create_dir_all(target)?;
        let metadata = fs::metadata(image)?;
        self.without_changing(image, target, (metadata.uid(), metadata.gid()))
    }

    /// Shows a folder as a copy: what is done there does not change it.
    pub(super) fn copy(&mut self, path: &str, folder: &Path) -> io::Result<()> {
        let target = self.own.join(format!("input-{}", self.seen.len()));
        let metadata = fs::metadata(folder)?;
        let owner = match self.user.id {
            0 => (metadata.uid(), metadata.gid()),
            id => (id, self.user.group),
        };
        self.without_changing(folder, &target, owner)?;
        self.seen.push((path.to_owned(), target));
        Ok(())
    }

    /// Shows a folder itself: what is done there stays.
    pub(super) fn folder(&mut self, path: &str, folder: &Path) -> io::Result<()> {
        if self.is_root && self.user.id != 0 {
            chown(folder, Some(self.user.id), Some(self.user.group))?;
        }
        self.seen.push((path.to_owned(), folder.to_owned()));
        Ok(())
    }

    /// Shows how names are found on the network: as this machine finds them, and the container's own.
    pub(super) fn host_files(&mut self) -> io::Result<()> {
        let ours = |name: &str| fs::read(Path::new("/etc").join(name)).unwrap_or_default();
        let hosts = [ours("hosts"), format!("127.0.0.1\t{HOST_NAME}\n").into_bytes()].concat();
        let hostname = format!("{HOST_NAME}\n").into_bytes();
        for (name, content) in
            [("hosts", hosts), ("hostname", hostname), ("resolv.conf", ours("resolv.conf"))]
        {
            let copy = self.own.join(name);
            fs::write(&copy, content)?;
            self.seen.push((format!("/etc/{name}"), copy));
        }
        Ok(())
    }

    /// Returns all of it: outer folders first, and of those at the same path the one that was named first.
    pub(super) fn prepared(mut self) -> Prepared {
        self.seen.sort_by(|(one, _), (other, _)| one.cmp(other));
        Prepared { mounts: self.mounts, seen: self.seen }
    }

    fn without_changing(&mut self, lower: &Path, target: &Path, owner: (u32, u32)) -> io::Result<()> {
        if !self.has_overlays {
            copy_folder(lower, target)?;
            return self.give(target, owner);
        }
        let (upper, scratch) = changes(self.own, self.mounts.len())?;
        fs::set_permissions(&upper, Permissions::from_mode(fs::metadata(lower)?.mode() & 0o7777))?;
        self.give(&upper, owner)?;
        let (lower, target) = (lower.to_owned(), target.to_owned());
        self.mounts.push(Mount::Overlay { lower, upper, scratch, target });
        Ok(())
    }

    fn give(&self, folder: &Path, (user, group): (u32, u32)) -> io::Result<()> {
        if self.is_root { chown(folder, Some(user), Some(group)) } else { Ok(()) }
    }
}
