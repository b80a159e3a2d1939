//! One layer of an image.

use std::io::Write;

use flate2::write::GzEncoder;

use super::content::{Blob, digest};
use super::entry::Entry;
use super::media_type;

/// How a layer is stored.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Compression {
    /// gzip, fast.
    #[default]
    Gzip,
    /// Zstandard.
    Zstd,
    /// As it is.
    Plain,
}

/// A layer in the making; gzip unless told otherwise.
#[derive(Clone, Debug, Default)]
pub struct Layer {
    archive: Vec<u8>,
    compression: Compression,
    cut: bool,
}

impl Layer {
    /// Starts an empty layer.
    pub fn new() -> Self {
        Self::default()
    }

    /// Takes any bytes for a layer's archive, also such as are none.
    pub fn from_tar(archive: impl Into<Vec<u8>>) -> Self {
        Self { archive: archive.into(), compression: Compression::Gzip, cut: true }
    }

    /// Adds an entry.
    pub fn entry(mut self, entry: Entry) -> Self {
        entry.write_to(&mut self.archive);
        self
    }

    /// Adds a regular file, mode 0644.
    pub fn file(self, path: impl AsRef<[u8]>, content: impl Into<Vec<u8>>) -> Self {
        self.entry(Entry::file(path, content))
    }

    /// Adds a regular file, mode 0755.
    pub fn executable(self, path: impl AsRef<[u8]>, content: impl Into<Vec<u8>>) -> Self {
        self.entry(Entry::file(path, content).mode(0o755))
    }

    /// Adds a directory.
    pub fn directory(self, path: impl AsRef<[u8]>) -> Self {
        self.entry(Entry::directory(path))
    }

    /// Adds a symbolic link.
    pub fn symlink(self, path: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> Self {
        self.entry(Entry::symlink(path, target))
    }

    /// Adds a hard link.
    pub fn hard_link(self, path: impl AsRef<[u8]>, target: impl AsRef<[u8]>) -> Self {
        self.entry(Entry::hard_link(path, target))
    }

    /// Adds the mark that removes what lower layers have at a path.
    pub fn whiteout(self, path: &str) -> Self {
        let marker = match path.rsplit_once('/') {
            Some((parent, name)) => format!("{parent}/.wh.{name}"),
            None => format!(".wh.{path}"),
        };
        self.file(marker, "")
    }

    /// Adds the mark that removes all that lower layers have in a directory.
    pub fn opaque(self, directory: &str) -> Self {
        self.file(format!("{directory}/.wh..wh..opq"), "")
    }

    /// Chooses how the layer is stored.
    pub fn compression(mut self, compression: Compression) -> Self {
        self.compression = compression;
        self
    }

    /// Stores the layer with Zstandard.
    pub fn zstd(self) -> Self {
        self.compression(Compression::Zstd)
    }

    /// Stores the layer as it is.
    pub fn plain(self) -> Self {
        self.compression(Compression::Plain)
    }

    /// Returns the uncompressed archive, with the two empty blocks that end it.
    pub fn tar(&self) -> Vec<u8> {
        let mut archive = self.archive.clone();
        if !self.cut {
            archive.extend([0; 1024]);
        }
        archive
    }

    /// Returns the digest of the uncompressed archive, as an image's config lists it.
    pub fn diff_id(&self) -> String {
        digest(&self.tar())
    }

    /// Returns the layer as it is stored.
    pub fn blob(&self) -> Blob {
        let archive = self.tar();
        let (suffix, bytes) = match self.compression {
            Compression::Gzip => ("+gzip", gzip(&archive)),
            Compression::Zstd => {
                ("+zstd", zstd::encode_all(archive.as_slice(), 3).expect("memory takes all"))
            }
            Compression::Plain => ("", archive),
        };
        Blob::new(&format!("{}{suffix}", media_type::LAYER), bytes)
    }
}

fn gzip(bytes: &[u8]) -> Vec<u8> {
    let mut encoder = GzEncoder::new(Vec::new(), flate2::Compression::fast());
    encoder.write_all(bytes).expect("memory takes all");
    encoder.finish().expect("memory takes all")
}
