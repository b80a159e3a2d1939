//! The nodes themselves, kept small: an image may have a million.

use std::hash::{BuildHasher, RandomState};

use hashbrown::HashTable;

use super::{Depth, Leaf};

/// A path that some layer mentioned.
///
/// A node in a folder is younger, and so greater, than the folder's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub(crate) struct NodeId(u32);

impl NodeId {
    /// The root of the image.
    pub(crate) const ROOT: Self = Self(0);
}

/// What is known of a node.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Kind {
    /// Removed by the layer at this depth; lower layers have nothing there any more.
    Removed(Depth),
    /// No folder, from the layer at this depth.
    Leaf { leaf: Leaf, depth: Depth },
    /// A folder, with its number.
    Folder(u32),
}

/// What is known of a folder.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Folder {
    /// The layer that made it on disk. Until then, layers only spoke of what is not in it.
    pub(super) made: Option<Depth>,
    /// The layer whose entry describes it. Until then, it is only known from what it contains.
    pub(super) described: Option<Depth>,
    /// The layer that hides what lower ones have in it.
    pub(super) opaque: Option<Depth>,
    /// The layer that removes the folder of lower ones, so that their entries don't describe it either.
    pub(super) hidden: Option<Depth>,
}

impl Folder {
    /// Returns a folder that a layer has where it removes what lower ones have.
    pub(super) fn instead_of_removed(by: Depth) -> Self {
        Self { opaque: Some(by), hidden: Some(by), ..Self::default() }
    }

    pub(super) fn hide_content(&mut self, depth: Depth) {
        self.opaque.get_or_insert(depth);
    }

    /// Hides the folder itself as well.
    pub(super) fn hide(&mut self, depth: Depth) {
        self.hide_content(depth);
        self.hidden.get_or_insert(depth);
    }

    pub(super) fn hides_content_from(&self, depth: Depth) -> bool {
        self.opaque.is_some_and(|by| by < depth)
    }

    pub(super) fn is_hidden_from(&self, depth: Depth) -> bool {
        self.hidden.is_some_and(|by| by < depth)
    }
}

struct Node {
    parent: NodeId,
    name_start: u32,
    name_length: u8,
    kind: Kind,
}

/// All nodes, found by parent and name.
pub(super) struct Store {
    nodes: Vec<Node>,
    names: Vec<u8>,
    folders: Vec<Folder>,
    by_name: HashTable<NodeId>,
    // Keyed anew in each process, so that no image can be made to collide.
    hasher: RandomState,
}

impl Store {
    pub(super) fn new() -> Self {
        let root = Folder { made: Some(0), ..Folder::default() };
        Self {
            nodes: vec![Node { parent: NodeId::ROOT, name_start: 0, name_length: 0, kind: Kind::Folder(0) }],
            names: Vec::new(),
            folders: vec![root],
            by_name: HashTable::new(),
            hasher: RandomState::new(),
        }
    }

    pub(super) fn len(&self) -> usize {
        self.nodes.len()
    }

    fn node(&self, id: NodeId) -> &Node {
        &self.nodes[id.0 as usize]
    }

    pub(super) fn kind(&self, id: NodeId) -> Kind {
        self.node(id).kind
    }

    pub(super) fn set_kind(&mut self, id: NodeId, kind: Kind) {
        self.nodes[id.0 as usize].kind = kind;
    }

    pub(super) fn parent(&self, id: NodeId) -> NodeId {
        self.node(id).parent
    }

    pub(super) fn name(&self, id: NodeId) -> &[u8] {
        let node = self.node(id);
        let start = node.name_start as usize;
        &self.names[start..start + usize::from(node.name_length)]
    }

    pub(super) fn folder(&self, number: u32) -> &Folder {
        &self.folders[number as usize]
    }

    pub(super) fn folder_mut(&mut self, number: u32) -> &mut Folder {
        &mut self.folders[number as usize]
    }

    pub(super) fn add_folder(&mut self, folder: Folder) -> u32 {
        self.folders.push(folder);
        self.folders.len() as u32 - 1
    }

    pub(super) fn child(&self, parent: NodeId, name: &[u8]) -> Option<NodeId> {
        let hash = self.hash(parent, name);
        self.by_name.find(hash, |id| self.is(*id, parent, name)).copied()
    }

    /// Adds a node that isn't there yet. A name has at most 255 bytes: [`crate::path::EntryPath`] sees to that.
    pub(super) fn insert(&mut self, parent: NodeId, name: &[u8], kind: Kind) -> NodeId {
        let id = NodeId(self.nodes.len() as u32);
        let name_start = self.names.len() as u32;
        self.names.extend_from_slice(name);
        self.nodes.push(Node { parent, name_start, name_length: name.len() as u8, kind });
        let hash = self.hash(parent, name);
        let Self { by_name, nodes, names, hasher, .. } = self;
        by_name.insert_unique(hash, id, |id| {
            let node = &nodes[id.0 as usize];
            let start = node.name_start as usize;
            hasher.hash_one((node.parent, &names[start..start + usize::from(node.name_length)]))
        });
        id
    }

    /// Puts a new node in the place of `id`; what was below that can't be found any more.
    pub(super) fn replace(&mut self, id: NodeId, kind: Kind) -> NodeId {
        let (parent, name) = (self.parent(id), self.name(id).to_vec());
        let hash = self.hash(parent, &name);
        if let Ok(entry) = self.by_name.find_entry(hash, |known| *known == id) {
            entry.remove();
        }
        self.insert(parent, &name, kind)
    }

    fn is(&self, id: NodeId, parent: NodeId, name: &[u8]) -> bool {
        self.parent(id) == parent && self.name(id) == name
    }

    fn hash(&self, parent: NodeId, name: &[u8]) -> u64 {
        self.hasher.hash_one((parent, name))
    }
}
