//! From layers to a root filesystem.

mod ahead;
mod entry;
mod meanings;
mod names;
mod passed_over;
mod trouble;

use std::path::Path;
use std::thread::available_parallelism;

use crate::disk::{Disk, empty};
use crate::links::Links;
use crate::open_layer::OpenLayer;
use crate::tar::{ReadError, Reader};
use crate::tree::{Depth, Tree};
use crate::{Cancel, EntryProblem, Layers, UnpackError};
use ahead::Ahead;
pub use ahead::MOST_OPEN_LAYERS;
use entry::CurrentLayer;
use names::Names;
use trouble::Trouble;

/// How an image is unpacked.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Options {
    /// The most bytes that all layers together may have, decompressed. 64 GiB by default.
    pub max_size: u64,
}

impl Default for Options {
    fn default() -> Self {
        Self { max_size: 64 << 30 }
    }
}

/// The most entries that are unpacked, and paths that are recorded. Each takes about 50 bytes of memory.
pub const MOST_ENTRIES: u64 = 4_000_000;

/// More threads would wait for each other in the kernel.
const MOST_WRITERS: usize = 4;

/// What came of it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Summary {
    /// Entries in all layers.
    pub entries: u64,
    /// Entries that were not written, since a higher layer replaces or removes them.
    pub hidden: u64,
    /// Bytes that were written.
    pub bytes: u64,
    /// Devices that were skipped.
    pub skipped_devices: u64,
    /// Extended attributes that were skipped.
    pub skipped_xattrs: u64,
}

/// Unpacks `layers` into the folder `root`, which must exist and be empty.
///
/// Blocks until it is done. Threads that still wait for a layer's stream when this fails end when their stream does.
///
/// # Errors
/// When a stream fails, a layer is damaged, an entry is refused, a limit is exceeded, or the system refuses. The folder
/// is then worth nothing. `cancel` is cancelled as well, so that everything stops.
pub fn unpack<L: Layers>(
    root: &Path,
    layers: &L,
    options: &Options,
    cancel: &Cancel,
) -> Result<Summary, UnpackError> {
    let outcome = unpack_following(root, layers, options, cancel);
    if outcome.is_err() {
        cancel.cancel();
    }
    outcome
}

/// Unpacks names as they are written; if it turns out that they lead through symbolic links, finds out what they mean,
/// and begins anew.
fn unpack_following<L: Layers>(
    root: &Path,
    layers: &L,
    options: &Options,
    cancel: &Cancel,
) -> Result<Summary, UnpackError> {
    let first = cancel.of_part();
    let mut unpacking = Unpacking::begin(root, layers, options, &first, Names::as_written())?;
    let outcome = unpacking.run();
    if !unpacking.names.lead_through_links() {
        return outcome;
    }
    // Whatever still reads or writes for this attempt ends.
    first.cancel();
    drop(unpacking);
    empty(root).map_err(|cause| UnpackError::Root { path: root.to_owned(), cause })?;
    let meanings = meanings::read(layers, options, cancel)?;
    Unpacking::begin(root, layers, options, cancel, Names::Known(meanings))?.run()
}

struct Unpacking<'a, L> {
    layers: &'a L,
    ahead: Ahead<'a, L>,
    tree: Tree,
    links: Links,
    disk: Disk,
    summary: Summary,
    cancel: &'a Cancel,
    names: Names,
}

impl<'a, L: Layers> Unpacking<'a, L> {
    fn begin(
        root: &Path,
        layers: &'a L,
        options: &Options,
        cancel: &'a Cancel,
        names: Names,
    ) -> Result<Self, UnpackError> {
        if Depth::try_from(layers.count()).is_err() {
            return Err(UnpackError::TooManyLayers(layers.count()));
        }
        // One core is busy with decompression all the time.
        let writers = available_parallelism().map_or(1, |cores| (cores.get() - 1).clamp(1, MOST_WRITERS));
        let disk = Disk::open(root, writers, cancel.clone())
            .map_err(|cause| UnpackError::Root { path: root.to_owned(), cause })?;
        Ok(Self {
            layers,
            ahead: Ahead::new(layers, options.max_size, cancel),
            tree: Tree::new(),
            links: Links::default(),
            disk,
            summary: Summary::default(),
            cancel,
            names,
        })
    }

    fn run(&mut self) -> Result<Summary, UnpackError> {
        let mut depth = 0;
        while let Some((layer, open)) = self.ahead.next()? {
            self.layer(layer, depth, open)?;
            depth += 1;
        }
        self.refuse_lost_links(true)?;
        self.disk.complete_folders(&self.tree).map_err(|(node, problem)| {
            let name = self.tree.path(node);
            UnpackError::entry("any", &name, problem.into())
        })?;
        self.summary.skipped_xattrs = self.disk.skipped_xattrs();
        // Writers pass over what is left when they are told to stop.
        if self.cancel.is_cancelled() { Err(UnpackError::Cancelled) } else { Ok(self.summary) }
    }

    fn layer(&mut self, index: usize, depth: Depth, open: OpenLayer) -> Result<(), UnpackError> {
        let mut layer = CurrentLayer::new(index, depth, self.layers.name(index));
        let mut reader = Reader::new(open);
        let outcome = self.entries(&mut layer, &mut reader);
        reader.into_source().finish_after(outcome)?;
        self.names.end_layer(depth);
        let finished = self.finish_layer(&layer);
        finished.map_err(|trouble| trouble.into_error(&self.tree, &layer.name, None))?;
        self.refuse_lost_links(false)
    }

    fn entries(
        &mut self,
        layer: &mut CurrentLayer,
        reader: &mut Reader<OpenLayer>,
    ) -> Result<(), UnpackError> {
        while let Some(mut entry) = reader.next_entry().map_err(|problem| unreadable(&layer.name, problem))? {
            self.count(layer)?;
            let outcome = self.entry(layer, &mut entry, reader);
            outcome.map_err(|trouble| trouble.into_error(&self.tree, &layer.name, Some(&entry.path)))?;
        }
        Ok(())
    }

    fn count(&mut self, layer: &mut CurrentLayer) -> Result<(), UnpackError> {
        if self.cancel.is_cancelled() {
            return Err(UnpackError::Cancelled);
        }
        layer.entries += 1;
        self.summary.entries += 1;
        if self.summary.entries > MOST_ENTRIES || self.tree.len() as u64 > MOST_ENTRIES {
            return Err(UnpackError::TooManyEntries { limit: MOST_ENTRIES });
        }
        Ok(())
    }

    fn finish_layer(&mut self, layer: &CurrentLayer) -> Result<(), Trouble> {
        self.make_links()?;
        if self.make_passed_over(layer)? { self.make_links() } else { Ok(()) }
    }

    /// Makes the hard links whose targets are there, or will be when all that is under way is done.
    fn make_links(&mut self) -> Result<(), Trouble> {
        self.disk.wait()?;
        for ready in self.links.take_ready() {
            if self.tree.is_device(ready.target) {
                self.tree.set_device(ready.link);
                continue;
            }
            let made = self.disk.link(&self.tree, ready.target, ready.link);
            made.map_err(|problem| (ready.link, problem))?;
        }
        Ok(())
    }

    fn refuse_lost_links(&self, no_more_layers: bool) -> Result<(), UnpackError> {
        let Some(lost) = self.links.without_target(no_more_layers) else { return Ok(()) };
        let cause = EntryProblem::LinkTargetMissing { target: lost.target.to_string() };
        Err(UnpackError::entry(lost.layer, &self.tree.path(lost.link), cause))
    }
}

/// Tells why a layer can't be read.
fn unreadable(layer: &str, problem: ReadError<UnpackError>) -> UnpackError {
    match problem {
        ReadError::Source(problem) => problem,
        ReadError::Archive(cause) => UnpackError::Archive { layer: layer.to_owned(), cause },
    }
}
