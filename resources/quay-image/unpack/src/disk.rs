//! What is made on disk.

use std::collections::HashMap;
use std::io;
use std::os::fd::{AsFd, OwnedFd};
use std::path::Path;
use std::sync::Arc;

use rustix::fs::{AtFlags, CWD, Mode};
use rustix::io::Errno;

use crate::Cancel;
use crate::attributes::{Attributes, Setter};
use crate::folders::{Folders, OPEN_FOLDER};
use crate::tree::{NodeId, Replaced, Tree};
use crate::writers::{Batch, CREATE_FILE, Failure, Job, Small, Writers, write_all};

/// Folders are for their owner alone until all is written.
const PRIVATE_FOLDER: Mode = Mode::RWXU;

/// The root filesystem in the making.
pub(crate) struct Disk {
    folders: Folders,
    /// What folders are to look like in the end: with everything in them, and when nothing more is to be written there.
    folder_attributes: HashMap<NodeId, Attributes>,
    setter: Arc<Setter>,
    batch: Batch,
    writers: Writers,
}

/// A file that is too large for a batch, being written.
pub(crate) struct LargeFile {
    file: OwnedFd,
    mode: u32,
    attributes: Attributes,
}

impl Disk {
    /// Opens the folder `root`, which must be there and empty.
    pub(crate) fn open(root: &Path, writers: usize, cancel: Cancel) -> io::Result<Self> {
        let root = rustix::fs::openat(CWD, root, OPEN_FOLDER, Mode::empty())?;
        rustix::fs::fchmod(&root, PRIVATE_FOLDER)?;
        let setter = Arc::new(Setter::new());
        let mut folder_attributes = HashMap::new();
        folder_attributes.insert(NodeId::ROOT, Attributes::of_undescribed_folder());
        Ok(Self {
            folders: Folders::new(root),
            folder_attributes,
            setter: Arc::clone(&setter),
            batch: Batch::default(),
            writers: Writers::start(writers, setter, cancel)?,
        })
    }

    /// Makes a folder.
    pub(crate) fn make_folder(&mut self, tree: &Tree, node: NodeId) -> io::Result<()> {
        let parent = self.folders.handle(tree, tree.parent(node))?;
        rustix::fs::mkdirat(parent, tree.name(node), PRIVATE_FOLDER)?;
        self.folder_attributes.insert(node, Attributes::of_undescribed_folder());
        Ok(())
    }

    /// Notes what a folder is to look like.
    pub(crate) fn describe_folder(&mut self, node: NodeId, attributes: Attributes) {
        self.folder_attributes.insert(node, attributes);
    }

    /// Returns where the content of the next small file goes.
    pub(crate) fn batch_content(&mut self) -> &mut Vec<u8> {
        &mut self.batch.content
    }

    /// Has something small made: now or later, but before [`Disk::wait`] returns.
    pub(crate) fn make_small(
        &mut self,
        tree: &Tree,
        node: NodeId,
        attributes: Attributes,
        what: Small,
    ) -> Result<(), Failure> {
        let folder = self.folders.handle(tree, tree.parent(node)).map_err(|problem| (node, problem))?;
        let name = tree.name(node).to_vec();
        self.batch.jobs.push(Job { node, folder, name, attributes, what });
        if self.batch.is_full() { self.send_batch() } else { Ok(()) }
    }

    /// Creates a file that is written piece by piece.
    pub(crate) fn create_large(
        &mut self,
        tree: &Tree,
        node: NodeId,
        attributes: Attributes,
    ) -> io::Result<LargeFile> {
        let folder = self.folders.handle(tree, tree.parent(node))?;
        let mode = self.setter.creation_mode(&attributes);
        let file = rustix::fs::openat(folder, tree.name(node), CREATE_FILE, Mode::from_raw_mode(mode))?;
        Ok(LargeFile { file, mode, attributes })
    }

    /// Completes a large file.
    pub(crate) fn complete_large(&self, large: &LargeFile) -> io::Result<()> {
        self.setter.complete(large.file.as_fd(), large.mode, &large.attributes)
    }

    /// Gives the existing `target` the further name `link`.
    pub(crate) fn link(&mut self, tree: &Tree, target: NodeId, link: NodeId) -> io::Result<()> {
        let target_folder = self.folders.handle(tree, tree.parent(target))?;
        let folder = self.folders.handle(tree, tree.parent(link))?;
        rustix::fs::linkat(target_folder, tree.name(target), folder, tree.name(link), AtFlags::empty())?;
        Ok(())
    }

    /// Removes what an entry takes the place of. Nothing else may be under way.
    pub(crate) fn remove(&mut self, tree: &Tree, replaced: Replaced) -> io::Result<()> {
        let node = replaced.node;
        let parent = self.folders.handle(tree, tree.parent(node))?;
        if replaced.is_folder {
            self.folder_attributes.retain(|folder, _| !tree.is_within(*folder, node));
            self.folders.forget();
            return remove_folder(&parent, tree.name(node));
        }
        match rustix::fs::unlinkat(parent, tree.name(node), AtFlags::empty()) {
            // A device was never made, and a hard link may not have been made yet.
            Ok(()) | Err(Errno::NOENT) => Ok(()),
            Err(problem) => Err(problem.into()),
        }
    }

    /// Returns when all that was asked for is on disk.
    pub(crate) fn wait(&mut self) -> Result<(), Failure> {
        self.send_batch()?;
        self.writers.wait()
    }

    /// Gives the folders their final looks, the deepest first: a folder may end up closed to its owner.
    pub(crate) fn complete_folders(&mut self, tree: &Tree) -> Result<(), Failure> {
        let mut folders: Vec<(NodeId, Attributes)> = self.folder_attributes.drain().collect();
        // A folder's node is made after its parent's.
        folders.sort_unstable_by_key(|(node, _)| std::cmp::Reverse(*node));
        for (node, attributes) in folders {
            let handle = self.folders.handle(tree, node).map_err(|problem| (node, problem))?;
            let mode = PRIVATE_FOLDER.as_raw_mode();
            self.setter.complete(handle.as_fd(), mode, &attributes).map_err(|problem| (node, problem))?;
        }
        Ok(())
    }

    /// Returns how many extended attributes could not be set.
    pub(crate) fn skipped_xattrs(&self) -> u64 {
        self.setter.skipped_xattrs()
    }

    fn send_batch(&mut self) -> Result<(), Failure> {
        if self.batch.jobs.is_empty() { Ok(()) } else { self.writers.submit(std::mem::take(&mut self.batch)) }
    }
}

impl LargeFile {
    /// Writes the next piece.
    pub(crate) fn write(&self, piece: &[u8]) -> io::Result<()> {
        write_all(&self.file, piece)
    }
}

/// Removes all that is in the folder `root`, without following links.
pub(crate) fn empty(root: &Path) -> io::Result<()> {
    empty_folder(&rustix::fs::openat(CWD, root, OPEN_FOLDER, Mode::empty())?)
}

/// Removes a folder with all that is in it, without following links.
fn remove_folder(parent: &OwnedFd, name: &[u8]) -> io::Result<()> {
    let folder = rustix::fs::openat(parent, name, OPEN_FOLDER, Mode::empty())?;
    empty_folder(&folder)?;
    rustix::fs::unlinkat(parent, name, AtFlags::REMOVEDIR)?;
    Ok(())
}

fn empty_folder(folder: &OwnedFd) -> io::Result<()> {
    for entry in rustix::fs::Dir::read_from(folder)? {
        let entry = entry?;
        let name = entry.file_name().to_bytes();
        if matches!(name, b"." | b"..") {
            continue;
        }
        match rustix::fs::unlinkat(folder, name, AtFlags::empty()) {
            Err(Errno::ISDIR) => remove_folder(folder, name)?,
            other => other?,
        }
    }
    Ok(())
}
