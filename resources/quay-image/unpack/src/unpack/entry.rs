//! One entry of a layer.

use std::collections::HashMap;

use super::{Trouble, Unpacking};
use crate::attributes::Attributes;
use crate::follow::Place;
use crate::links::PassedOver;
use crate::open_layer::OpenLayer;
use crate::path::{EntryPath, Marker};
use crate::tar::{Entry, Kind, Reader};
use crate::tree::{Action, Depth, Leaf, NodeId, Replaced, Target, Wish};
use crate::writers::Small;
use crate::{EntryProblem, Layers};

/// Larger files are written at once, piece by piece; smaller ones by other threads.
const LARGEST_SMALL_FILE: u64 = 64 * 1024;

/// The layer that is being unpacked.
pub(super) struct CurrentLayer {
    pub(super) index: usize,
    pub(super) depth: Depth,
    pub(super) name: String,
    /// How many entries have come.
    pub(super) entries: u64,
    /// What was passed over, as far as hard links may need it.
    hidden: HashMap<EntryPath, Hidden>,
}

/// An entry that was passed over.
#[derive(Clone)]
enum Hidden {
    /// A hard link to this.
    Link(EntryPath),
    /// A file that was made all the same, under the name of a link in a higher layer.
    MadeAt(NodeId),
}

impl CurrentLayer {
    pub(super) fn new(index: usize, depth: Depth, name: String) -> Self {
        Self { index, depth, name, entries: 0, hidden: HashMap::new() }
    }

    /// Returns the place of the entry that came last.
    fn place(&self) -> Place {
        (self.index, self.entries)
    }
}

impl<L: Layers> Unpacking<'_, L> {
    pub(super) fn entry(
        &mut self,
        layer: &mut CurrentLayer,
        entry: &mut Entry,
        reader: &mut Reader<OpenLayer>,
    ) -> Result<(), Trouble> {
        let path = self.names.read(layer.place(), layer.depth, entry)?;
        match path.marker()? {
            None => self.place(layer, &path, entry, reader),
            Some(Marker::Internal) => Ok(()),
            Some(Marker::Removed(path)) => {
                self.links.removed(&path, true);
                Ok(self.tree.remove(&path, layer.depth)?)
            }
            Some(Marker::Opaque(folder)) => {
                self.links.removed(&folder, false);
                Ok(self.tree.make_opaque(&folder, layer.depth)?)
            }
        }
    }

    fn place(
        &mut self,
        layer: &mut CurrentLayer,
        path: &EntryPath,
        entry: &mut Entry,
        reader: &mut Reader<OpenLayer>,
    ) -> Result<(), Trouble> {
        let wish = wish(&entry.kind);
        let wanting = self.links.take_wanting(path);
        match (wish, wanting.first()) {
            (Wish::Folder, Some(link)) => {
                return Err(Trouble::Other(*link, EntryProblem::LinkToFolder { target: path.to_string() }));
            }
            (Wish::Folder, None) => {}
            (Wish::Leaf(_), _) => self.links.removed(path, false),
        }
        let placement = self.tree.place(path, wish, layer.depth)?;
        for folder in placement.folders {
            self.disk.make_folder(&self.tree, folder).map_err(|problem| (folder, problem))?;
        }
        match placement.action {
            Action::Hide => {
                self.summary.hidden += 1;
                self.pass_over(layer, path, &wanting, entry, reader)
            }
            Action::Describe(node) => {
                self.disk.describe_folder(node, Attributes::from(entry));
                Ok(())
            }
            Action::Make { node, replaced } => {
                if let Some(replaced) = replaced {
                    self.replace(replaced)?;
                }
                self.make(layer, node, entry, reader)?;
                wanting.into_iter().for_each(|link| self.links.add_ready(node, link));
                Ok(())
            }
        }
    }

    /// An entry that a higher layer hides. The links of higher layers that want it get it all the same.
    fn pass_over(
        &mut self,
        layer: &mut CurrentLayer,
        path: &EntryPath,
        wanting: &[NodeId],
        entry: &mut Entry,
        reader: &mut Reader<OpenLayer>,
    ) -> Result<(), Trouble> {
        if let Kind::HardLink(target) = &entry.kind {
            let target = link_target(target)?;
            for link in wanting {
                self.link(layer, *link, target.clone());
            }
            let what = layer.hidden.get(&target).cloned().unwrap_or(Hidden::Link(target));
            layer.hidden.insert(path.clone(), what);
            return Ok(());
        }
        layer.hidden.remove(path);
        let Some((first, others)) = wanting.split_first() else { return Ok(()) };
        self.make(layer, *first, entry, reader)?;
        layer.hidden.insert(path.clone(), Hidden::MadeAt(*first));
        others.iter().for_each(|link| self.links.add_ready(*first, *link));
        Ok(())
    }

    /// Removes what the same layer had under that name, when nothing is under way and links to it are made.
    fn replace(&mut self, replaced: Replaced) -> Result<(), Trouble> {
        self.make_links()?;
        self.links.forget(&self.tree, replaced);
        self.disk.remove(&self.tree, replaced).map_err(|problem| (replaced.node, problem))?;
        Ok(())
    }

    /// Makes what the entry says at `node`, where nothing is.
    pub(super) fn make(
        &mut self,
        layer: &CurrentLayer,
        node: NodeId,
        entry: &mut Entry,
        reader: &mut Reader<OpenLayer>,
    ) -> Result<(), Trouble> {
        let attributes = Attributes::from(&mut *entry);
        let what = match &mut entry.kind {
            Kind::Folder => {
                self.disk.make_folder(&self.tree, node)?;
                self.disk.describe_folder(node, attributes);
                return Ok(());
            }
            Kind::Device => {
                self.tree.set_device(node);
                self.summary.skipped_devices += 1;
                return Ok(());
            }
            Kind::HardLink(target) => {
                let target = link_target(target)?;
                self.link(layer, node, target);
                return Ok(());
            }
            Kind::File => {
                self.summary.bytes += entry.size;
                if entry.size > LARGEST_SMALL_FILE {
                    return self.make_large(node, attributes, reader);
                }
                Small::File(self.read_small(reader)?)
            }
            Kind::Symlink(target) => Small::Symlink(std::mem::take(target)),
            Kind::Fifo => Small::Fifo,
        };
        Ok(self.disk.make_small(&self.tree, node, attributes, what)?)
    }

    fn read_small(&mut self, reader: &mut Reader<OpenLayer>) -> Result<std::ops::Range<usize>, Trouble> {
        let content = self.disk.batch_content();
        let start = content.len();
        while let Some(piece) = reader.content()? {
            content.extend_from_slice(&piece);
        }
        Ok(start..content.len())
    }

    fn make_large(
        &mut self,
        node: NodeId,
        attributes: Attributes,
        reader: &mut Reader<OpenLayer>,
    ) -> Result<(), Trouble> {
        let file = self.disk.create_large(&self.tree, node, attributes)?;
        while let Some(piece) = reader.content()? {
            file.write(&piece)?;
            if self.cancel.is_cancelled() {
                return Ok(());
            }
        }
        Ok(self.disk.complete_large(&file)?)
    }

    /// Has the hard link at `node` made when its target is there.
    fn link(&mut self, layer: &CurrentLayer, node: NodeId, target: EntryPath) {
        let target = match layer.hidden.get(&target) {
            // A link to a link that was passed over is one to that link's target.
            Some(Hidden::Link(target)) => target.clone(),
            Some(Hidden::MadeAt(made)) => return self.links.add_ready(*made, node),
            None => target,
        };
        match self.tree.target(&target, layer.depth) {
            Target::Here(target) => self.links.add_ready(target, node),
            Target::Device => self.tree.set_device(node),
            Target::Below => self.links.want(target, node, &layer.name),
            Target::Hidden => match layer.hidden.get(&target) {
                Some(Hidden::MadeAt(made)) => self.links.add_ready(*made, node),
                _ => self.links.add_passed_over(PassedOver { target, link: node, before: layer.entries }),
            },
        }
    }
}

fn wish(kind: &Kind) -> Wish {
    match kind {
        Kind::Folder => Wish::Folder,
        Kind::Device => Wish::Leaf(Leaf::Device),
        Kind::File | Kind::Symlink(_) | Kind::HardLink(_) | Kind::Fifo => Wish::Leaf(Leaf::File),
    }
}

fn link_target(target: &[u8]) -> Result<EntryPath, EntryProblem> {
    EntryPath::parse(target).map_err(|cause| {
        let target = String::from_utf8_lossy(target).into_owned();
        EntryProblem::LinkName { target, cause }
    })
}
