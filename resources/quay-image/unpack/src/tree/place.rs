//! Where an entry goes, or why nowhere.

use super::store::{Folder, Kind, NodeId};
use super::{Depth, LastFolder, Leaf, Tree, Wish};
use crate::path::{EntryPath, parts};

/// What is to be done with an entry.
#[derive(Debug, PartialEq, Eq)]
pub(crate) struct Placement {
    /// Folders on the way that must be made first, the highest first. No entry described them yet.
    pub(crate) folders: Vec<NodeId>,
    /// What is to be done then.
    pub(crate) action: Action,
}

/// What is to be done with the entry itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Action {
    /// Nothing: a higher layer replaced or removed it.
    Hide,
    /// It is made.
    Make {
        /// Its node.
        node: NodeId,
        /// What this layer made under that name before, which must go.
        replaced: Option<Replaced>,
    },
    /// It describes a folder that is there already.
    Describe(NodeId),
}

/// What an entry takes the place of.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Replaced {
    pub(crate) node: NodeId,
    pub(crate) is_folder: bool,
}

/// Why an entry can't be where it says.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Misplaced {
    /// Its path leads through a file of its own layer.
    ThroughFile(NodeId),
    /// It is the root, but no folder.
    RootNotFolder,
}

/// The way from the root to a folder.
pub(super) struct Way<'a> {
    /// The nodes that are there, from the root on.
    known: Vec<NodeId>,
    /// The names that are not.
    pub(super) missing: Vec<&'a [u8]>,
    /// Whether a higher layer hides what the way leads to.
    pub(super) hidden: bool,
}

impl Way<'_> {
    /// Returns the lowest node that is there.
    pub(super) fn last(&self) -> NodeId {
        self.known.last().copied().unwrap_or(NodeId::ROOT)
    }
}

impl Tree {
    /// Decides what is to be done with an entry of the layer at `depth`, and notes it as done.
    pub(crate) fn place(
        &mut self,
        path: &EntryPath,
        wish: Wish,
        depth: Depth,
    ) -> Result<Placement, Misplaced> {
        let Some((folder, name)) = path.split() else {
            return match wish {
                Wish::Folder => {
                    Ok(Placement { folders: Vec::new(), action: self.describe(NodeId::ROOT, 0, depth) })
                }
                Wish::Leaf(_) => Err(Misplaced::RootNotFolder),
            };
        };
        let (parent, folders) = self.enter(folder, depth)?;
        let Some(parent) = parent else { return Ok(Placement { folders, action: Action::Hide }) };
        let action = match self.store.child(parent, name) {
            Some(node) => self.place_at(node, wish, depth),
            None => {
                let kind = self.kind_of(wish, Folder::default(), depth);
                Action::Make { node: self.store.insert(parent, name, kind), replaced: None }
            }
        };
        Ok(Placement { folders, action })
    }

    /// An entry for a path that is known already.
    fn place_at(&mut self, node: NodeId, wish: Wish, depth: Depth) -> Action {
        match self.store.kind(node) {
            Kind::Removed(by) | Kind::Leaf { depth: by, .. } if by < depth => Action::Hide,
            Kind::Removed(by) => {
                let kind = self.kind_of(wish, Folder::instead_of_removed(by), depth);
                self.store.set_kind(node, kind);
                Action::Make { node, replaced: None }
            }
            Kind::Leaf { .. } => {
                let kind = self.kind_of(wish, Folder::default(), depth);
                let replaced = Some(Replaced { node, is_folder: false });
                Action::Make { node: self.store.replace(node, kind), replaced }
            }
            Kind::Folder(number) => match wish {
                Wish::Folder => self.place_folder(node, number, depth),
                Wish::Leaf(leaf) => self.place_leaf(node, number, leaf, depth),
            },
        }
    }

    /// An entry for a folder that is known already.
    fn place_folder(&mut self, node: NodeId, number: u32, depth: Depth) -> Action {
        let folder = self.store.folder_mut(number);
        if folder.is_hidden_from(depth) {
            return Action::Hide;
        }
        if folder.made.is_some() {
            return self.describe(node, number, depth);
        }
        folder.made = Some(depth);
        folder.described = Some(depth);
        Action::Make { node, replaced: None }
    }

    fn describe(&mut self, node: NodeId, number: u32, depth: Depth) -> Action {
        let folder = self.store.folder_mut(number);
        if folder.described.is_some_and(|by| by < depth) {
            return Action::Hide;
        }
        folder.described = Some(depth);
        Action::Describe(node)
    }

    /// An entry that is no folder, where there is one.
    fn place_leaf(&mut self, node: NodeId, number: u32, leaf: Leaf, depth: Depth) -> Action {
        let folder = *self.store.folder(number);
        if folder.is_hidden_from(depth) {
            return Action::Hide;
        }
        let replaced = match folder.made {
            Some(by) if by == depth => Some(Replaced { node, is_folder: true }),
            None => None,
            Some(_) => {
                // What still lower layers have below that name ended with this entry.
                self.store.folder_mut(number).hide(depth);
                return Action::Hide;
            }
        };
        self.last = None;
        let node = self.store.replace(node, Kind::Leaf { leaf, depth });
        Action::Make { node, replaced }
    }

    fn kind_of(&mut self, wish: Wish, folder: Folder, depth: Depth) -> Kind {
        match wish {
            Wish::Leaf(leaf) => Kind::Leaf { leaf, depth },
            Wish::Folder => {
                let folder = Folder { made: Some(depth), described: Some(depth), ..folder };
                Kind::Folder(self.store.add_folder(folder))
            }
        }
    }

    /// Finds the folder at `path` for something that is to be in it; `None` if a higher layer replaced or removed it.
    /// Returns the folders to be made, even if what they were to be made for is hidden.
    fn enter(&mut self, path: &[u8], depth: Depth) -> Result<(Option<NodeId>, Vec<NodeId>), Misplaced> {
        if let Some(last) = &self.last
            && last.depth == depth
            && last.path == path
        {
            return Ok((Some(last.node), Vec::new()));
        }
        let way = self.way(path, depth)?;
        let mut made = Vec::new();
        for node in &way.known {
            self.make(*node, depth, &mut made);
        }
        if way.hidden {
            return Ok((None, made));
        }
        let mut node = way.last();
        for part in way.missing {
            let folder = self.store.add_folder(Folder { made: Some(depth), ..Folder::default() });
            node = self.store.insert(node, part, Kind::Folder(folder));
            made.push(node);
        }
        self.last = Some(LastFolder { path: path.to_vec(), depth, node });
        Ok((Some(node), made))
    }

    /// Has a folder made that was only spoken of.
    fn make(&mut self, node: NodeId, depth: Depth, made: &mut Vec<NodeId>) {
        let folder = match self.store.kind(node) {
            Kind::Folder(folder) => folder,
            Kind::Removed(by) => {
                let folder = self.store.add_folder(Folder::instead_of_removed(by));
                self.store.set_kind(node, Kind::Folder(folder));
                folder
            }
            Kind::Leaf { .. } => return,
        };
        let folder = self.store.folder_mut(folder);
        if folder.made.is_none() && !folder.is_hidden_from(depth) {
            folder.made = Some(depth);
            made.push(node);
        }
    }

    /// Walks to the folder at `path`, as far as it is known and not hidden.
    pub(super) fn way<'a>(&self, path: &'a [u8], depth: Depth) -> Result<Way<'a>, Misplaced> {
        let mut way = Way { known: vec![NodeId::ROOT], missing: Vec::new(), hidden: false };
        for part in parts(path) {
            if self.hides_content(way.last(), depth) {
                break;
            }
            let child = if way.missing.is_empty() { self.store.child(way.last(), part) } else { None };
            let Some(child) = child else {
                way.missing.push(part);
                continue;
            };
            match self.store.kind(child) {
                Kind::Removed(by) | Kind::Leaf { depth: by, .. } if by < depth => {
                    way.hidden = true;
                    return Ok(way);
                }
                Kind::Leaf { .. } => return Err(Misplaced::ThroughFile(child)),
                Kind::Removed(_) | Kind::Folder(_) => way.known.push(child),
            }
        }
        way.hidden = self.hides_content(way.last(), depth);
        Ok(way)
    }

    fn hides_content(&self, node: NodeId, depth: Depth) -> bool {
        matches!(self.store.kind(node), Kind::Folder(number) if self.store.folder(number).hides_content_from(depth))
    }
}
