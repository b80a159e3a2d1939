//! Open folders below the root, by which everything is made.
//!
//! A folder is opened from its parent's handle, by its own name, without following links. So nothing can be made
//! outside the root, whatever the names and links of an image say.

use std::collections::VecDeque;
use std::io;
use std::os::fd::OwnedFd;
use std::sync::Arc;

use rustix::fs::{Mode, OFlags};

use crate::tree::{NodeId, Tree};

/// A folder that is open.
pub(crate) type Handle = Arc<OwnedFd>;

/// How many folders are kept open. Archives go folder by folder, so the last few serve nearly always.
const MOST_OPEN: usize = 32;

pub(crate) const OPEN_FOLDER: OFlags =
    OFlags::RDONLY.union(OFlags::DIRECTORY).union(OFlags::NOFOLLOW).union(OFlags::CLOEXEC);

/// The handles of the folders that were used last.
pub(crate) struct Folders {
    root: Handle,
    /// The last used are at the end.
    open: VecDeque<(NodeId, Handle)>,
}

impl Folders {
    pub(crate) fn new(root: OwnedFd) -> Self {
        Self { root: Arc::new(root), open: VecDeque::with_capacity(MOST_OPEN) }
    }

    /// Returns a handle of the folder, which exists.
    pub(crate) fn handle(&mut self, tree: &Tree, folder: NodeId) -> io::Result<Handle> {
        if folder == NodeId::ROOT {
            return Ok(Arc::clone(&self.root));
        }
        if let Some(place) = self.open.iter().rposition(|(node, _)| *node == folder)
            && let Some(known) = self.open.remove(place)
        {
            let handle = Arc::clone(&known.1);
            self.open.push_back(known);
            return Ok(handle);
        }
        let parent = self.handle(tree, tree.parent(folder))?;
        let handle = Arc::new(rustix::fs::openat(&parent, tree.name(folder), OPEN_FOLDER, Mode::empty())?);
        self.remember(folder, Arc::clone(&handle));
        Ok(handle)
    }

    /// Closes all folders: some may be gone.
    pub(crate) fn forget(&mut self) {
        self.open.clear();
    }

    fn remember(&mut self, folder: NodeId, handle: Handle) {
        if self.open.len() == MOST_OPEN {
            self.open.pop_front();
        }
        self.open.push_back((folder, handle));
    }
}
