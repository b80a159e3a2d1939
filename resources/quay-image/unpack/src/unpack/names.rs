//! From the names in archives to paths.

use super::Trouble;
use crate::UnpackError;
use crate::follow::{Meanings, Place, Watch};
use crate::path::EntryPath;
use crate::tar::{Entry, Kind};
use crate::tree::Depth;

/// How the names of entries are read.
pub(super) enum Names {
    /// As they are written, as long as none leads through a symbolic link.
    AsWritten(Watch),
    /// Some lead through symbolic links: they can't be read.
    LeadThroughLinks,
    /// By what they mean.
    Known(Meanings),
}

impl Names {
    pub(super) fn as_written() -> Self {
        Self::AsWritten(Watch::default())
    }

    /// Tells whether reading ended with a name that leads through a symbolic link.
    pub(super) fn lead_through_links(&self) -> bool {
        matches!(self, Self::LeadThroughLinks)
    }

    /// Returns the path of an entry; the target of a hard link is put right in the entry.
    pub(super) fn read(
        &mut self,
        place: Place,
        depth: Depth,
        entry: &mut Entry,
    ) -> Result<EntryPath, Trouble> {
        match self {
            Self::AsWritten(watch) => {
                let path = EntryPath::parse(&entry.path)?;
                if !watch.leads_through_link(&path, &entry.kind, depth) {
                    return Ok(path);
                }
                *self = Self::LeadThroughLinks;
                Err(UnpackError::Cancelled.into())
            }
            Self::LeadThroughLinks => Err(UnpackError::Cancelled.into()),
            Self::Known(meanings) => {
                if let (Kind::HardLink(target), Some(meant)) = (&mut entry.kind, meanings.target(place)) {
                    *target = meant.as_bytes().to_vec();
                }
                match meanings.path(place) {
                    Some(path) => Ok(path.clone()),
                    None => Ok(EntryPath::parse(&entry.path)?),
                }
            }
        }
    }

    /// Tells that a layer has ended.
    pub(super) fn end_layer(&mut self, depth: Depth) {
        if let Self::AsWritten(watch) = self {
            watch.end_layer(depth);
        }
    }
}
