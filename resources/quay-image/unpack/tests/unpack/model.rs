//! The simple implementation: layers from the bottom up, in memory.

use std::collections::BTreeMap;

use crate::snapshot::{Found, Kind};
use crate::stacks::{Simple, What, are_ambiguous, is_marker};

/// As many links may be on the way of one path.
const MOST_FOLLOWED: usize = 255;

/// A root filesystem. Names of the same file have the same number.
#[derive(Clone, Default)]
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
            let layer = model.clone().meant(layer, number)?;
            if are_ambiguous(&layer) {
                return None;
            }
            layer.iter().for_each(|marker| model.remove_lower(marker, number));
            for entry in &layer {
                model.add(entry, number)?;
            }
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

    /// Says what the entries of a layer mean by their names: one after the other, with links followed as they are then.
    fn meant(mut self, layer: &[Simple], number: usize) -> Option<Vec<Simple>> {
        let mut meant = Vec::new();
        for entry in layer {
            let mut entry = entry.clone();
            entry.path = match entry.what {
                What::Opaque => self.follow(&entry.path)?,
                _ => self.follow_to(&entry.path)?,
            };
            if let What::HardLink(target) = &mut entry.what {
                *target = self.follow_to(target)?;
            }
            if is_marker(&entry.what) {
                self.remove_lower(&entry, number);
            } else {
                self.add(&entry, number)?;
            }
            meant.push(entry);
        }
        Some(meant)
    }

    /// Follows the links on the way to what is at `path`.
    fn follow_to(&self, path: &str) -> Option<String> {
        let Some((folder, name)) = path.rsplit_once('/') else { return Some(path.to_owned()) };
        let folder = self.follow(folder)?;
        Some(if folder.is_empty() { name.to_owned() } else { format!("{folder}/{name}") })
    }

    /// Follows all links of `path`, one after the other from the start.
    fn follow(&self, path: &str) -> Option<String> {
        let mut here: Vec<String> = Vec::new();
        let mut rest: Vec<String> = path.split('/').map(str::to_owned).collect();
        let mut followed = 0;
        while !rest.is_empty() {
            let part = rest.remove(0);
            match part.as_str() {
                "" | "." => continue,
                ".." => drop(here.pop()),
                _ => here.push(part),
            }
            let there = self.names.get(&here.join("/")).map(|number| &self.files[*number].kind);
            let Some(Some(Kind::Symlink(target))) = there else { continue };
            followed += 1;
            if followed > MOST_FOLLOWED {
                return None;
            }
            let target = String::from_utf8(target.clone()).unwrap();
            here.pop();
            if target.starts_with('/') {
                here.clear();
            }
            rest.splice(0..0, target.split('/').map(str::to_owned));
        }
        Some(here.join("/"))
    }

    /// Removes what a marker says lower layers no longer have.
    fn remove_lower(&mut self, marker: &Simple, layer: usize) {
        let itself = match marker.what {
            What::Whiteout => true,
            What::Opaque => false,
            _ => return,
        };
        let files = &self.files;
        self.names.retain(|name, number| {
            let is_meant = is_below(name, &marker.path) || itself && *name == marker.path;
            !is_meant || files[*number].layer == layer
        });
    }

    fn make_parents(&mut self, path: &str, layer: usize) -> Option<()> {
        for (end, _) in path.match_indices('/') {
            let parent = &path[..end];
            let there = self.names.get(parent).map(|number| self.files[*number].clone());
            match there {
                Some(File { kind: Some(Kind::Folder), .. }) => {}
                Some(File { kind: Some(Kind::Symlink(_)), .. }) => {
                    panic!("a link was not followed to {path}")
                }
                // Refused: a file of the same layer.
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
        self.names.retain(|name, _| !(is_below(name, path) || itself && name == path));
    }
}

fn is_below(name: &str, folder: &str) -> bool {
    folder.is_empty() || name.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}
