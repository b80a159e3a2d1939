//! What is known of the image while its layers are unpacked, the highest first.
//!
//! Every path that a layer mentioned has a node: what is there, and from which depth on lower layers can no longer
//! change it. So an entry of a lower layer that a higher one replaces or removes is never written. Depth 0 is the highest
//! layer. Within a layer, a later entry of the same name wins, and whiteouts concern lower layers alone, wherever in
//! the layer they stand.
//!
//! No path leads through a symbolic link any more: [`crate::follow`] sees to that. If one did, it would be refused, or
//! hidden. Nothing here touches a disk.

mod place;
mod store;

#[cfg(test)]
mod tests;

pub(crate) use place::{Action, Misplaced, Replaced};
pub(crate) use store::NodeId;
use store::{Folder, Kind, Store};

use crate::path::EntryPath;

/// The number of a layer, counted from the highest.
pub(crate) type Depth = u16;

/// What an entry wants to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Wish {
    Folder,
    Leaf(Leaf),
}

/// What is no folder.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Leaf {
    /// A file, a pipe, a symbolic link, or a hard link to one.
    File,
    /// A device: it stands in the place of what lower layers have, but isn't written.
    Device,
}

/// Where a hard link's target is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Target {
    /// An entry of the same layer, which was written.
    Here(NodeId),
    /// A device of the same layer.
    Device,
    /// Nothing of that name came with this layer, so a lower one must have it.
    Below,
    /// A higher layer has or removes that name. The same layer may have had it too: then it was passed over.
    Hidden,
}

/// The nodes of all paths that were mentioned.
pub(crate) struct Tree {
    store: Store,
    /// The folder of the last entry: archives go folder by folder.
    last: Option<LastFolder>,
}

struct LastFolder {
    path: Vec<u8>,
    depth: Depth,
    node: NodeId,
}

impl Tree {
    /// Returns a tree that has nothing but the root.
    pub(crate) fn new() -> Self {
        Self { store: Store::new(), last: None }
    }

    /// Returns how many paths are known.
    pub(crate) fn len(&self) -> usize {
        self.store.len()
    }

    /// Returns the node's own name.
    pub(crate) fn name(&self, node: NodeId) -> &[u8] {
        self.store.name(node)
    }

    /// Returns the folder that the node stands in; the root's is the root.
    pub(crate) fn parent(&self, node: NodeId) -> NodeId {
        self.store.parent(node)
    }

    /// Returns the node's path from the root.
    pub(crate) fn path(&self, node: NodeId) -> String {
        let mut names = Vec::new();
        let mut node = node;
        while node != NodeId::ROOT {
            names.push(String::from_utf8_lossy(self.name(node)).into_owned());
            node = self.parent(node);
        }
        names.reverse();
        names.join("/")
    }

    /// Tells whether the node is `folder` or lies below it.
    pub(crate) fn is_within(&self, node: NodeId, folder: NodeId) -> bool {
        let mut node = node;
        while node != folder {
            if node == NodeId::ROOT {
                return false;
            }
            node = self.parent(node);
        }
        true
    }

    /// Finds the target of a hard link in a layer.
    pub(crate) fn target(&self, path: &EntryPath, depth: Depth) -> Target {
        let mut node = NodeId::ROOT;
        let mut parts = crate::path::parts(path.as_bytes()).peekable();
        while let Some(part) = parts.next() {
            let Kind::Folder(folder) = self.store.kind(node) else { return Target::Below };
            if self.store.folder(folder).hides_content_from(depth) {
                return Target::Hidden;
            }
            let Some(child) = self.store.child(node, part) else { return Target::Below };
            match self.store.kind(child) {
                Kind::Removed(by) if by < depth => return Target::Hidden,
                Kind::Leaf { depth: by, .. } if by < depth => return Target::Hidden,
                Kind::Leaf { .. } if parts.peek().is_some() => return Target::Below,
                Kind::Leaf { leaf: Leaf::Device, .. } => return Target::Device,
                Kind::Leaf { .. } => return Target::Here(child),
                // A higher layer has a folder there; the same layer's file was passed over, if there was one.
                Kind::Folder(folder) if parts.peek().is_none() => {
                    return if self.store.folder(folder).made.is_some_and(|by| by < depth) {
                        Target::Hidden
                    } else {
                        Target::Below
                    };
                }
                Kind::Removed(_) | Kind::Folder(_) => node = child,
            }
        }
        Target::Below
    }

    /// Notes that a hard link turned out to be one of a device.
    pub(crate) fn set_device(&mut self, node: NodeId) {
        if let Kind::Leaf { depth, .. } = self.store.kind(node) {
            self.store.set_kind(node, Kind::Leaf { leaf: Leaf::Device, depth });
        }
    }

    /// Tells whether nothing is written for the node, since it is a device.
    pub(crate) fn is_device(&self, node: NodeId) -> bool {
        matches!(self.store.kind(node), Kind::Leaf { leaf: Leaf::Device, .. })
    }

    /// Notes that a layer removes what lower layers have at `path`.
    pub(crate) fn remove(&mut self, path: &EntryPath, depth: Depth) -> Result<(), Misplaced> {
        let Some((folder, name)) = path.split() else { return Ok(()) };
        let Some(parent) = self.mention_folder(folder, depth)? else { return Ok(()) };
        match self.store.child(parent, name) {
            None => drop(self.store.insert(parent, name, Kind::Removed(depth))),
            Some(child) => {
                if let Kind::Folder(folder) = self.store.kind(child) {
                    self.store.folder_mut(folder).hide(depth);
                }
            }
        }
        Ok(())
    }

    /// Notes that a layer removes what lower layers have in the folder at `path`.
    pub(crate) fn make_opaque(&mut self, path: &EntryPath, depth: Depth) -> Result<(), Misplaced> {
        let Some(node) = self.mention_folder(path.as_bytes(), depth)? else { return Ok(()) };
        if let Kind::Folder(folder) = self.store.kind(node) {
            self.store.folder_mut(folder).hide_content(depth);
        }
        Ok(())
    }

    /// Finds the folder at `path`, or notes it without having it made: a whiteout alone makes no folder.
    fn mention_folder(&mut self, path: &[u8], depth: Depth) -> Result<Option<NodeId>, Misplaced> {
        let way = match self.way(path, depth) {
            Ok(way) if !way.hidden => way,
            // There is nothing in a file that could be removed.
            Ok(_) | Err(Misplaced::ThroughFile(_)) => return Ok(None),
            Err(misplaced) => return Err(misplaced),
        };
        let mut node = way.last();
        for part in way.missing {
            let folder = self.store.add_folder(Folder::default());
            node = self.store.insert(node, part, Kind::Folder(folder));
        }
        if let Kind::Removed(by) = self.store.kind(node) {
            let folder = self.store.add_folder(Folder::instead_of_removed(by));
            self.store.set_kind(node, Kind::Folder(folder));
        }
        Ok(Some(node))
    }
}
