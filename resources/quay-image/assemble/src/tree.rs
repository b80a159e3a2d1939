//! What a folder holds, in the order in which it goes into a layer.

use std::ffi::OsStr;
use std::fs::{self, Metadata};
use std::os::unix::ffi::{OsStrExt, OsStringExt};
use std::os::unix::fs::{FileTypeExt, MetadataExt};
use std::path::{Path, PathBuf};

use crate::{AssembleError, Modes, Placed};

/// Files whose names begin so delete something (<https://github.com/opencontainers/image-spec/blob/main/layer.md>).
const WHITEOUT: &[u8] = b".wh.";
const FOLDER_MODE: u32 = 0o755;
const PROGRAM_MODE: u32 = 0o755;
const FILE_MODE: u32 = 0o644;
const OWNER_MAY_RUN: u32 = 0o100;
/// What of a mode goes into an archive: permissions, setuid, setgid, sticky.
const MODE_BITS: u32 = 0o7777;

/// One entry of a layer.
#[derive(Debug)]
pub(crate) struct Entry {
    /// Its name in the image, without a leading slash. Any bytes but zero.
    pub(crate) name: Vec<u8>,
    /// Where it is on disk.
    pub(crate) path: PathBuf,
    pub(crate) kind: Kind,
    pub(crate) mode: u32,
}

#[derive(Debug)]
pub(crate) enum Kind {
    Folder,
    File(Identity),
    /// A symbolic link and what it says. It is never followed.
    Link(Vec<u8>),
}

/// By what a file is known to be the same, and unchanged.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) struct Identity {
    device: u64,
    inode: u64,
    modified: (i64, i64),
    /// In bytes.
    pub(crate) size: u64,
}

impl Identity {
    pub(crate) fn of(metadata: &Metadata) -> Self {
        Self {
            device: metadata.dev(),
            inode: metadata.ino(),
            modified: (metadata.mtime(), metadata.mtime_nsec()),
            size: metadata.len(),
        }
    }
}

/// Lists a folder or a file: each folder before what is in it, names in the order of their bytes.
pub(crate) fn list(placed: &Placed) -> Result<Vec<Entry>, AssembleError> {
    let mut listing = Listing { modes: placed.modes, entries: Vec::new() };
    let name = placed.to.relative().as_bytes().to_vec();
    let metadata = metadata(&placed.from)?;
    if !metadata.is_dir() && name.is_empty() {
        return Err(AssembleError::FileAsRoot { path: placed.from.clone() });
    }
    listing.add(placed.from.clone(), name, &metadata)?;
    Ok(listing.entries)
}

struct Listing {
    modes: Modes,
    entries: Vec<Entry>,
}

impl Listing {
    fn add(&mut self, path: PathBuf, name: Vec<u8>, metadata: &Metadata) -> Result<(), AssembleError> {
        let kind = kind(&path, metadata)?;
        let is_folder = matches!(kind, Kind::Folder);
        let mode = self.mode(&kind, metadata);
        // The root has what the base gives it.
        if !name.is_empty() {
            self.entries.push(Entry { name: name.clone(), path: path.clone(), kind, mode });
        }
        if is_folder {
            self.add_all_in(&path, &name)?;
        }
        Ok(())
    }

    fn add_all_in(&mut self, folder: &Path, name: &[u8]) -> Result<(), AssembleError> {
        let read = |cause| AssembleError::Read { path: folder.to_owned(), cause };
        let mut names = Vec::new();
        for entry in fs::read_dir(folder).map_err(read)? {
            names.push(entry.map_err(read)?.file_name());
        }
        names.sort_unstable();
        for found in names {
            let path = folder.join(&found);
            if found.as_bytes().starts_with(WHITEOUT) {
                return Err(AssembleError::Whiteout { path });
            }
            let metadata = metadata(&path)?;
            self.add(path, joined(name, &found), &metadata)?;
        }
        Ok(())
    }

    fn mode(&self, kind: &Kind, metadata: &Metadata) -> u32 {
        match (kind, self.modes) {
            // Linux ignores it; 0777 is what it shows, and what every builder writes.
            (Kind::Link(_), _) => 0o777,
            (_, Modes::Kept) => metadata.mode() & MODE_BITS,
            (Kind::Folder, Modes::Normal) => FOLDER_MODE,
            (Kind::File(_), Modes::Normal) if metadata.mode() & OWNER_MAY_RUN != 0 => PROGRAM_MODE,
            (Kind::File(_), Modes::Normal) => FILE_MODE,
        }
    }
}

fn metadata(path: &Path) -> Result<Metadata, AssembleError> {
    fs::symlink_metadata(path).map_err(|cause| AssembleError::Read { path: path.to_owned(), cause })
}

fn kind(path: &Path, metadata: &Metadata) -> Result<Kind, AssembleError> {
    let kind = metadata.file_type();
    let special = |kind| Err(AssembleError::Special { path: path.to_owned(), kind });
    if kind.is_dir() {
        return Ok(Kind::Folder);
    }
    if kind.is_file() {
        return Ok(Kind::File(Identity::of(metadata)));
    }
    if kind.is_symlink() {
        let target = fs::read_link(path);
        let target = target.map_err(|cause| AssembleError::Read { path: path.to_owned(), cause })?;
        return Ok(Kind::Link(target.into_os_string().into_vec()));
    }
    match (kind.is_socket(), kind.is_fifo()) {
        (true, _) => special("a socket"),
        (_, true) => special("a named pipe"),
        _ => special("a device"),
    }
}

fn joined(folder: &[u8], name: &OsStr) -> Vec<u8> {
    let separator: &[u8] = if folder.is_empty() { b"" } else { b"/" };
    [folder, separator, name.as_bytes()].concat()
}
