//! The simple implementation: layers from the bottom up, in memory.

use std::collections::BTreeMap;

use crate::snapshot::{Found, Kind};
use crate::stacks::{Simple, What};

/// A root filesystem. Names of the same file have the same number.
#[derive(Default)]
pub(crate) struct Model {
    names: BTreeMap<String, usize>,
    files: Vec<File>,
}

#[derive(Clone)]
struct File {
    kind: Option<Kind>,
    mode: u32,
    modified: u64,
    layer: usize,
}

impl Model {
    /// Applies layers, the lowest first. `None` if one of them makes no sense.
    pub(crate) fn apply(layers: &[Vec<Simple>]) -> Option<Self> {
        let mut model = Self::default();
        for (number, layer) in layers.iter().enumerate() {
            model.refuse_markers_through_links(layer)?;
            for marker in layer {
                match marker.what {
                    What::Whiteout => model.remove(&marker.path, true),
                    What::Opaque => model.remove(&marker.path, false),
                    _ => {}
                }
            }
            for entry in layer {
                model.add(entry, number)?;
            }
            model.refuse_markers_through_links(layer)?;
        }
        Some(model)
    }

    pub(crate) fn snapshot(&self) -> BTreeMap<Vec<u8>, Found> {
        let visible = self.names.iter().filter_map(|(name, number)| {
            let file = &self.files[*number];
            let kind = file.kind.clone()?;
            let first = self.names.iter().find(|(_, other)| *other == number).map(|(name, _)| name.clone());
            let mode = if matches!(kind, Kind::Symlink(_)) { 0o777 } else { file.mode };
            let same_as = first.unwrap_or_default().into_bytes();
            let found = Found { kind, mode, modified: i64::try_from(file.modified).unwrap(), same_as };
            Some((name.clone().into_bytes(), found))
        });
        visible.collect()
    }

    fn add(&mut self, entry: &Simple, layer: usize) -> Option<()> {
        let kind = match &entry.what {
            What::Whiteout | What::Opaque => return Some(()),
            What::File(content) => Some(Kind::File(content.bytes())),
            What::Folder => Some(Kind::Folder),
            What::Symlink(target) => Some(Kind::Symlink(target.clone().into_bytes())),
            What::Fifo => Some(Kind::Fifo),
            // In the place of what was there, but not to be seen.
            What::Device => None,
            What::HardLink(target) => {
                let number = *self.names.get(target)?;
                self.make_parents(&entry.path, layer)?;
                if self.files[number].kind == Some(Kind::Folder) || *target == entry.path {
                    return None;
                }
                // Making room for the link may have removed its target.
                self.remove(&entry.path, true);
                self.names.get(target)?;
                self.names.insert(entry.path.clone(), number);
                return Some(());
            }
        };
        self.make_parents(&entry.path, layer)?;
        let is_folder = kind == Some(Kind::Folder);
        let file = File { kind, mode: entry.mode, modified: entry.modified, layer };
        match self.names.get(&entry.path) {
            Some(number) if is_folder && self.files[*number].kind == Some(Kind::Folder) => {
                self.files[*number] = file;
            }
            _ => self.put(&entry.path, file),
        }
        Some(())
    }

    fn refuse_markers_through_links(&self, layer: &[Simple]) -> Option<()> {
        let is_link = |path: &str| {
            let number = self.names.get(path);
            number.is_some_and(|number| matches!(self.files[*number].kind, Some(Kind::Symlink(_))))
        };
        let leads_through_link = |entry: &Simple| match entry.what {
            What::Whiteout => entry.path.match_indices('/').any(|(end, _)| is_link(&entry.path[..end])),
            What::Opaque => {
                is_link(&entry.path)
                    || entry.path.match_indices('/').any(|(end, _)| is_link(&entry.path[..end]))
            }
            _ => false,
        };
        (!layer.iter().any(leads_through_link)).then_some(())
    }

    fn make_parents(&mut self, path: &str, layer: usize) -> Option<()> {
        for (end, _) in path.match_indices('/') {
            let parent = &path[..end];
            let there = self.names.get(parent).map(|number| self.files[*number].clone());
            match there {
                Some(File { kind: Some(Kind::Folder), .. }) => {}
                // Refused: a symbolic link, or a file of the same layer.
                Some(File { kind: Some(Kind::Symlink(_)), .. }) => return None,
                Some(file) if file.layer == layer => return None,
                _ => self.put(parent, File { kind: Some(Kind::Folder), mode: 0o755, modified: 0, layer }),
            }
        }
        Some(())
    }

    fn put(&mut self, path: &str, file: File) {
        self.remove(path, true);
        self.names.insert(path.to_owned(), self.files.len());
        self.files.push(file);
    }

    fn remove(&mut self, path: &str, itself: bool) {
        let below = |name: &str| name.strip_prefix(path).is_some_and(|rest| rest.starts_with('/'));
        self.names.retain(|name, _| !(below(name) || itself && name == path));
    }
}
