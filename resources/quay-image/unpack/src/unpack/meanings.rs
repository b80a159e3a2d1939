//! Reads what entries mean by their names, for images in which some lead through symbolic links.

use super::{MOST_ENTRIES, Options, unreadable};
use crate::follow::{Meanings, Place, Symlinks, TooMany, Unresolved};
use crate::open_layer::{Budget, OpenLayer};
use crate::path::{EntryPath, Marker};
use crate::tar::{Entry, Kind, Reader};
use crate::{Cancel, EntryProblem, InvalidPath, Layers, UnpackError};

/// Reads the headers of all layers, the lowest layer first.
pub(super) fn read<L: Layers>(
    layers: &L,
    options: &Options,
    cancel: &Cancel,
) -> Result<Meanings, UnpackError> {
    let budget = Budget::new(options.max_size);
    let mut reading = Reading::default();
    for index in 0..layers.count() {
        let open = OpenLayer::open(layers, index, budget.clone(), cancel.clone())?;
        let mut reader = Reader::new(open);
        let outcome = reading.layer(index, &layers.name(index), &mut reader, cancel);
        reader.into_source().finish_after(outcome)?;
    }
    Ok(reading.meanings)
}

#[derive(Default)]
struct Reading {
    symlinks: Symlinks,
    meanings: Meanings,
    entries: u64,
}

impl Reading {
    fn layer(
        &mut self,
        index: usize,
        name: &str,
        reader: &mut Reader<OpenLayer>,
        cancel: &Cancel,
    ) -> Result<(), UnpackError> {
        let mut number = 0;
        while let Some(entry) = reader.next_entry().map_err(|problem| unreadable(name, problem))? {
            if cancel.is_cancelled() {
                return Err(UnpackError::Cancelled);
            }
            number += 1;
            self.entries += 1;
            if self.entries > MOST_ENTRIES {
                return Err(UnpackError::TooManyEntries { limit: MOST_ENTRIES });
            }
            let outcome = self.entry((index, number), &entry);
            outcome.map_err(|refused| match refused {
                Refused::Entry(problem) => {
                    UnpackError::entry(name, &String::from_utf8_lossy(&entry.path), problem)
                }
                Refused::Image(problem) => problem,
            })?;
        }
        Ok(())
    }

    fn entry(&mut self, place: Place, entry: &Entry) -> Result<(), Refused> {
        let written = EntryPath::parse(&entry.path)?;
        let path = match self.symlinks.meaning(&written)? {
            Some(path) => {
                self.meanings.add_path(place, path.clone())?;
                path
            }
            None => written,
        };
        let (layer, _) = place;
        match path.marker()? {
            None => self.take_place(place, path, entry),
            Some(Marker::Internal) => Ok(()),
            Some(Marker::Removed(path)) => {
                self.symlinks.remove(&path, layer);
                Ok(())
            }
            Some(Marker::Opaque(folder)) => {
                self.symlinks.remove_below(&folder, layer);
                Ok(())
            }
        }
    }

    /// An entry takes the place of what is there, and may be a link itself.
    fn take_place(&mut self, place: Place, path: EntryPath, entry: &Entry) -> Result<(), Refused> {
        let link = match &entry.kind {
            Kind::Symlink(target) => Some(target.clone()),
            Kind::HardLink(target) => self.hard_link(place, target)?,
            Kind::File | Kind::Folder | Kind::Fifo | Kind::Device => None,
        };
        self.symlinks.replace(&path, entry.kind == Kind::Folder);
        if let Some(target) = link {
            self.symlinks.add(path, &target, place.0)?;
        }
        Ok(())
    }

    /// Returns where a hard link leads if it is one of a symbolic link.
    fn hard_link(&mut self, place: Place, target: &[u8]) -> Result<Option<Vec<u8>>, Refused> {
        // What is wrong with a target is told where it is used.
        let Ok(written) = EntryPath::parse(target) else { return Ok(None) };
        let target = match self.symlinks.meaning(&written)? {
            Some(target) => {
                self.meanings.add_target(place, target.clone())?;
                target
            }
            None => written,
        };
        Ok(self.symlinks.target(&target).map(<[u8]>::to_vec))
    }
}

/// Why it can't be told what an entry means.
enum Refused {
    /// What is wrong with the entry.
    Entry(EntryProblem),
    /// What is wrong with the image as a whole.
    Image(UnpackError),
}

impl From<InvalidPath> for Refused {
    fn from(problem: InvalidPath) -> Self {
        Self::Entry(problem.into())
    }
}

impl From<Unresolved> for Refused {
    fn from(unresolved: Unresolved) -> Self {
        match unresolved {
            Unresolved::Loop { link } => Self::Entry(EntryProblem::SymlinkLoop { link: link.to_string() }),
            Unresolved::Name(problem) => problem.into(),
            Unresolved::TooMany => Self::Image(UnpackError::TooManyLinks),
        }
    }
}

impl From<TooMany> for Refused {
    fn from(TooMany: TooMany) -> Self {
        Self::Image(UnpackError::TooManyLinks)
    }
}
