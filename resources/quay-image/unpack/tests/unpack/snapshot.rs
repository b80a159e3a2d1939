//! What is in a folder.

use std::collections::BTreeMap;
use std::fmt;
use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::Path;

/// What is under a name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Found {
    pub(crate) kind: Kind,
    pub(crate) mode: u32,
    pub(crate) modified: i64,
    /// The first of all names of the same file.
    pub(crate) same_as: Vec<u8>,
}

#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Kind {
    File(Vec<u8>),
    Folder,
    Symlink(Vec<u8>),
    Fifo,
}

impl fmt::Debug for Kind {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File(content) => write!(f, "{} bytes from {:02x?}", content.len(), content.get(..8)),
            Self::Folder => f.write_str("folder"),
            Self::Symlink(target) => write!(f, "link to {}", target.escape_ascii()),
            Self::Fifo => f.write_str("fifo"),
        }
    }
}

/// Lists all below `root`, by names relative to it.
pub(crate) fn snapshot(root: &Path) -> BTreeMap<Vec<u8>, Found> {
    let mut found = BTreeMap::new();
    let mut first_names = BTreeMap::new();
    let mut folders = vec![root.to_owned()];
    while let Some(folder) = folders.pop() {
        for entry in fs::read_dir(&folder).unwrap() {
            let path = entry.unwrap().path();
            let metadata = fs::symlink_metadata(&path).unwrap();
            let name = path.strip_prefix(root).unwrap().as_os_str().as_bytes().to_vec();
            let kind = match metadata.file_type() {
                kind if kind.is_dir() => Kind::Folder,
                kind if kind.is_file() => Kind::File(fs::read(&path).unwrap()),
                kind if kind.is_symlink() => {
                    Kind::Symlink(fs::read_link(&path).unwrap().as_os_str().as_bytes().to_vec())
                }
                kind if kind.is_fifo() => Kind::Fifo,
                kind => panic!("{} is a {kind:?}", path.display()),
            };
            if kind == Kind::Folder {
                folders.push(path.clone());
            }
            let first: &mut Vec<u8> = first_names.entry(metadata.ino()).or_insert_with(|| name.clone());
            if name < *first {
                *first = name.clone();
            }
            found.insert(name, (kind, metadata));
        }
    }
    let complete = |(name, (kind, metadata)): (Vec<u8>, (Kind, fs::Metadata))| {
        let same_as = first_names[&metadata.ino()].clone();
        (name, Found { kind, mode: metadata.mode() & 0o7777, modified: metadata.mtime(), same_as })
    };
    found.into_iter().map(complete).collect()
}
