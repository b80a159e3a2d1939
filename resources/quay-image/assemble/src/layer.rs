//! A folder or file as a layer.

use std::io::{self, Read};
use std::path::PathBuf;
use std::sync::Arc;

use flate2::Compression;
use flate2::bufread::GzEncoder;
use oci_registry::Digest;
use sha2::{Digest as _, Sha256};

use crate::pieces::Pieces;
use crate::tar_reader::TarReader;
use crate::tree::{self, Entry, Kind};
use crate::{AssembleError, Owner, Placed, SourceDate};

/// Zlib's usual level: a layer is packed once and fetched often.
const GZIP_LEVEL: Compression = Compression::new(6);
/// How much is read at once.
const PIECE: usize = 128 * 1024;

/// A folder or file as a layer, not yet read. Clones are the same layer.
#[derive(Clone, Debug)]
pub struct Layer {
    entries: Arc<[Entry]>,
    owner: Owner,
    time: SourceDate,
    from: PathBuf,
    /// What made it, for the image's history.
    created_by: String,
}

/// What names a layer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Measured {
    /// The digest of the compressed layer.
    pub digest: Digest,
    /// The size of the compressed layer in bytes.
    pub size: u64,
    /// The digest of the archive within.
    pub diff_id: Digest,
}

impl Layer {
    /// Lists what the layer will hold. No file is opened yet.
    ///
    /// # Errors
    /// When a folder can't be read, or holds what has no place in an image.
    pub fn of(placed: &Placed, time: SourceDate) -> Result<Self, AssembleError> {
        let entries = tree::list(placed)?.into();
        let created_by = format!("assemble {}", placed.to);
        Ok(Self { entries, owner: placed.owner, time, from: placed.from.clone(), created_by })
    }

    /// Returns the bytes of all files.
    pub fn content_size(&self) -> u64 {
        let size = |entry: &Entry| match &entry.kind {
            Kind::File(identity) => identity.size,
            Kind::Folder | Kind::Link(_) => 0,
        };
        self.entries.iter().map(size).sum()
    }

    /// Opens the compressed layer. Files that have changed since [`Layer::of`] are an error when their turn comes.
    pub fn open(&self) -> impl Read + Send + use<> {
        packed(self.archive())
    }

    /// Reads the layer once to learn what names it. `progress` is told how many bytes of the archive were read.
    ///
    /// # Errors
    /// When a file can't be read, or changed.
    pub fn measure(&self, progress: impl Fn(u64)) -> Result<Measured, AssembleError> {
        let read = |cause| AssembleError::Read { path: self.from.clone(), cause };
        self.read_through(progress).map_err(|cause| cause.downcast::<AssembleError>().unwrap_or_else(read))
    }

    fn read_through(&self, progress: impl Fn(u64)) -> io::Result<Measured> {
        let mut archive = Hashing::new(self.archive(), progress);
        let mut packed = Hashing::new(packed(&mut archive), |_| ());
        let mut piece = vec![0; PIECE];
        while packed.read(&mut piece)? > 0 {}
        let (digest, size) = packed.finish()?;
        let (diff_id, _) = archive.finish()?;
        Ok(Measured { digest, size, diff_id })
    }

    pub(crate) fn created_by(&self) -> &str {
        &self.created_by
    }

    fn archive(&self) -> TarReader {
        TarReader::new(Arc::clone(&self.entries), self.owner, self.time)
    }
}

/// Compresses an archive, always to the same bytes.
fn packed<R: Read>(archive: R) -> impl Read + use<R> {
    Pieces::new(GzEncoder::new(Pieces::new(archive), GZIP_LEVEL))
}

/// Hashes what is read through it.
struct Hashing<R, P> {
    reader: R,
    hash: Sha256,
    length: u64,
    progress: P,
}

impl<R: Read, P: Fn(u64)> Hashing<R, P> {
    fn new(reader: R, progress: P) -> Self {
        Self { reader, hash: Sha256::new(), length: 0, progress }
    }

    fn finish(self) -> io::Result<(Digest, u64)> {
        let hex: String = self.hash.finalize().iter().map(|byte| format!("{byte:02x}")).collect();
        let digest = format!("sha256:{hex}").parse().map_err(io::Error::other)?;
        Ok((digest, self.length))
    }
}

impl<R: Read, P: Fn(u64)> Read for Hashing<R, P> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let count = self.reader.read(buffer)?;
        self.hash.update(&buffer[..count]);
        self.length += count as u64;
        (self.progress)(count as u64);
        Ok(count)
    }
}
