//! Noticing that the path of an entry may lead through a symbolic link.

use std::collections::hash_map::Entry as Place;
use std::collections::{HashMap, HashSet};
use std::hash::{BuildHasher, RandomState};

use crate::path::{EntryPath, folder_of};
use crate::tar::Kind;
use crate::tree::Depth;

/// Watches the entries of layers, the highest layer first.
///
/// A folder is implied when the name of an entry leads through it and its layer has no entry for it before: then it may
/// be a link of a lower layer. It is settled when a layer has an entry for the folder, which replaces such a link. Too
/// much caution costs time alone: the outcome is the same.
///
/// Folders are kept as hashes by a secret key, so that they take the same small memory whatever their names.
#[derive(Default)]
pub(crate) struct Watch {
    hasher: RandomState,
    /// The folders that are implied and not settled, with the lowest layer that implies them.
    implied: HashMap<u64, Depth>,
    /// The folders that the current layer has entries for.
    described: HashSet<u64>,
    /// What is or may be a symbolic link in the current layer: also hard links, which may be names of one.
    links: HashSet<u64>,
    /// The folder of the last entry: archives go folder by folder.
    last: Option<Vec<u8>>,
}

impl Watch {
    /// Takes note of an entry. Returns whether paths may lead through links: its own, or others through it.
    pub(crate) fn leads_through_link(&mut self, path: &EntryPath, kind: &Kind, depth: Depth) -> bool {
        let through = self.imply(folder_of(path.as_bytes()), depth);
        let hash = self.hash(path.as_bytes());
        match kind {
            Kind::Folder => {
                self.described.insert(hash);
                through
            }
            Kind::Symlink(_) => self.link(hash) || through,
            Kind::HardLink(target) => {
                let target = EntryPath::parse(target).ok();
                let target_through =
                    target.is_some_and(|target| self.imply(folder_of(target.as_bytes()), depth));
                self.link(hash) || through || target_through
            }
            Kind::File | Kind::Fifo | Kind::Device => through,
        }
    }

    /// Ends the current layer.
    pub(crate) fn end_layer(&mut self, depth: Depth) {
        for folder in self.described.drain() {
            if let Place::Occupied(implied) = self.implied.entry(folder)
                && *implied.get() < depth
            {
                implied.remove();
            }
        }
        self.links.clear();
        self.last = None;
    }

    /// Notes the folders on the way to `folder` and itself. Returns whether one is a link of the current layer.
    fn imply(&mut self, folder: &[u8], depth: Depth) -> bool {
        if self.last.as_deref() == Some(folder) {
            return false;
        }
        let mut on_the_way = folder;
        while !on_the_way.is_empty() {
            let hash = self.hash(on_the_way);
            if self.described.contains(&hash) || self.implied.insert(hash, depth) == Some(depth) {
                break;
            }
            if self.links.contains(&hash) {
                return true;
            }
            on_the_way = folder_of(on_the_way);
        }
        let last = self.last.get_or_insert_default();
        last.clear();
        last.extend_from_slice(folder);
        false
    }

    fn link(&mut self, hash: u64) -> bool {
        self.last = None;
        self.described.remove(&hash);
        self.links.insert(hash);
        self.implied.contains_key(&hash)
    }

    fn hash(&self, path: &[u8]) -> u64 {
        self.hasher.hash_one(path)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Entries of layers, the highest layer first: folders end with a slash, links with an arrow and their target.
    fn is_noticed(layers: &[&[&str]]) -> bool {
        let mut watch = Watch::default();
        let mut noticed = false;
        for (depth, layer) in layers.iter().enumerate() {
            let depth = Depth::try_from(depth).unwrap();
            for entry in *layer {
                let (name, kind) = match entry.split_once(['>', '=']) {
                    Some((name, target)) if entry.contains('>') => {
                        (name, Kind::Symlink(target.as_bytes().to_vec()))
                    }
                    Some((name, target)) => (name, Kind::HardLink(target.as_bytes().to_vec())),
                    None if entry.ends_with('/') => (*entry, Kind::Folder),
                    None => (*entry, Kind::File),
                };
                let path = EntryPath::parse(name.as_bytes()).unwrap();
                noticed |= watch.leads_through_link(&path, &kind, depth);
            }
            watch.end_layer(depth);
        }
        noticed
    }

    #[test]
    fn only_implied_folders_can_be_links() {
        let cases: [(&str, &[&[&str]], bool); 16] = [
            ("no links", &[&["a/b/c"], &["a/", "a/b/", "a/b/d"]], false),
            ("a lower link", &[&["a/x"], &["a>b"]], true),
            ("a lower link deeper on the way", &[&["a/b/c/x"], &["a/b>c"]], true),
            ("a link two layers below", &[&["a/x"], &["y"], &["a>b"]], true),
            ("a folder of the layer itself", &[&["a/", "a/x"], &["a>b"]], false),
            ("the entry for the folder comes late", &[&["a/x", "a/"], &["a>b"]], true),
            ("a folder of a layer between", &[&["a/x"], &["a/"], &["a>b"]], false),
            ("implied again below that", &[&["a/x"], &["a/"], &["a/y"], &["a>b"]], true),
            ("beside", &[&["ab/x"], &["a>b"]], false),
            ("a link that nothing leads through", &[&["a>b"], &["a/x"]], false),
            ("a link of the same layer", &[&["a>b", "a/x"]], true),
            ("a link of the same layer, after", &[&["a/x", "a>b"]], true),
            ("a link where the layer had a folder", &[&["a/", "a>b", "a/x"]], true),
            ("the target of a hard link", &[&["x=a/y"], &["a>b"]], true),
            ("a hard link may be one of a link", &[&["a/x"], &["a=b"], &["b>c"]], true),
            ("a whiteout", &[&["a/.wh.x"], &["a>b"]], true),
        ];
        for (case, layers, expected) in cases {
            assert_eq!(is_noticed(layers), expected, "{case}");
        }
    }
}
