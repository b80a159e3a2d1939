//! What entries mean by their names.

use std::collections::HashMap;

use crate::path::EntryPath;

/// The most bytes of names that are kept: half a million entries through links.
const MOST_BYTES: usize = 32 * 1024 * 1024;

/// An entry: its layer, counted from the lowest, and its number in the layer, from 1.
pub(crate) type Place = (usize, u64);

/// The names of entries and hard links' targets whose paths lead through symbolic links, with the links followed.
#[derive(Default)]
pub(crate) struct Meanings {
    paths: HashMap<Place, EntryPath>,
    targets: HashMap<Place, EntryPath>,
    bytes: usize,
}

/// There are too many to be kept.
#[derive(Debug)]
pub(crate) struct TooMany;

impl Meanings {
    /// Returns the path of the entry at `place`, if its name leads through links.
    pub(crate) fn path(&self, place: Place) -> Option<&EntryPath> {
        self.paths.get(&place)
    }

    /// Returns the target of the hard link at `place`, if its name leads through links.
    pub(crate) fn target(&self, place: Place) -> Option<&EntryPath> {
        self.targets.get(&place)
    }

    pub(crate) fn add_path(&mut self, place: Place, path: EntryPath) -> Result<(), TooMany> {
        self.count(&path)?;
        self.paths.insert(place, path);
        Ok(())
    }

    pub(crate) fn add_target(&mut self, place: Place, target: EntryPath) -> Result<(), TooMany> {
        self.count(&target)?;
        self.targets.insert(place, target);
        Ok(())
    }

    fn count(&mut self, path: &EntryPath) -> Result<(), TooMany> {
        self.bytes += path.as_bytes().len();
        if self.bytes > MOST_BYTES { Err(TooMany) } else { Ok(()) }
    }
}
