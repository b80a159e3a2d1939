//! Where the bytes of a blob are, and how they are read: never whole, never copied to disk.

use std::fs::File;
use std::io::{self, Cursor, Read, Seek, SeekFrom};
use std::path::{Path, PathBuf};
use std::sync::Arc;

use bytes::Bytes;
use flate2::read::{GzEncoder, MultiGzDecoder};
use oci_assemble::Layer;
use oci_registry::{Client, Descriptor};
use tokio::runtime::Handle;

/// The level of gzip for layers that come uncompressed: the one of go-containerregistry, which registry-image uses.
pub(super) const GZIP_LEVEL: flate2::Compression = flate2::Compression::fast();

/// How a file is compressed, told by its first bytes.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Compression {
    /// Not at all.
    None,
    /// By gzip (RFC 1952).
    Gzip,
    /// By zstd (RFC 8878).
    Zstd,
}

impl Compression {
    /// Returns the compression of content that begins with `start`.
    pub(super) fn of(start: &[u8]) -> Self {
        match start {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            _ => Self::None,
        }
    }

    /// Returns a reader of what `reader` has compressed.
    pub(super) fn decompress<'a>(
        self,
        reader: impl Read + Send + 'a,
    ) -> io::Result<Box<dyn Read + Send + 'a>> {
        Ok(match self {
            Self::None => Box::new(reader),
            Self::Gzip => Box::new(MultiGzDecoder::new(reader)),
            Self::Zstd => Box::new(zstd::stream::read::Decoder::new(reader)?),
        })
    }
}

/// The bytes of a blob, which can be read as often as an upload needs them.
#[derive(Clone, Debug)]
pub(super) enum Content {
    /// In memory.
    Bytes(Bytes),
    /// Part of a file, or the whole.
    Section(Section),
    /// Other bytes, compressed by gzip while they are read. The same bytes give the same result each time.
    Gzipped(Box<Self>),
    /// A folder as a layer.
    Layer(Layer),
    /// In a registry, from where they are passed on.
    Remote(Box<Remote>),
}

/// A blob in a registry.
#[derive(Clone, Debug)]
pub(super) struct Remote {
    client: Client,
    descriptor: Descriptor,
    runtime: Handle,
}

impl Remote {
    /// Returns a blob of the client's repository. The current runtime must go on to run while it is read elsewhere.
    pub(super) fn new(client: Client, descriptor: Descriptor) -> Self {
        Self { client, descriptor, runtime: Handle::current() }
    }

    fn open(&self) -> impl Read + Send + use<> {
        let blob = self.client.blob(&self.descriptor);
        RemoteReader { blob, runtime: self.runtime.clone(), piece: Bytes::new() }
    }
}

/// Waits for a blob's pieces. It is not for the runtime's own threads.
struct RemoteReader {
    blob: oci_registry::Blob,
    runtime: Handle,
    piece: Bytes,
}

impl Read for RemoteReader {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        while self.piece.is_empty() {
            match self.runtime.block_on(self.blob.chunk()).map_err(passed_on)? {
                Some(piece) => self.piece = piece,
                None => return Ok(0),
            }
        }
        let count = self.piece.len().min(buffer.len());
        buffer[..count].copy_from_slice(&self.piece.split_to(count));
        Ok(count)
    }
}

/// A part of a file, which may itself be compressed.
#[derive(Clone, Debug)]
pub(super) struct Section {
    /// The file.
    pub(super) path: Arc<Path>,
    /// How the whole file is compressed. What is in a compressed file is found by decompressing all before it.
    pub(super) compression: Compression,
    /// Where the part begins in the decompressed file.
    pub(super) offset: u64,
    /// Its length in bytes.
    pub(super) length: u64,
}

impl Section {
    /// Returns the whole of an uncompressed file.
    pub(super) fn whole(path: PathBuf, length: u64) -> Self {
        Self { path: path.into(), compression: Compression::None, offset: 0, length }
    }

    fn open(&self, skip: u64) -> io::Result<Box<dyn Read + Send>> {
        let mut file = File::open(&self.path)?;
        let from = self.offset + skip;
        let left = self.length.saturating_sub(skip);
        if self.compression == Compression::None {
            file.seek(SeekFrom::Start(from))?;
            return Ok(Box::new(file.take(left)));
        }
        let mut reader = self.compression.decompress(file)?;
        discard(&mut reader, from)?;
        Ok(Box::new(reader.take(left)))
    }
}

impl Content {
    /// Opens the bytes from `skip` on.
    ///
    /// # Errors
    /// When the file can't be read.
    pub(super) fn open(&self, skip: u64) -> io::Result<Box<dyn Read + Send>> {
        match self {
            Self::Bytes(bytes) => {
                let from = usize::try_from(skip).unwrap_or(usize::MAX).min(bytes.len());
                Ok(Box::new(Cursor::new(bytes.slice(from..))))
            }
            Self::Section(section) => section.open(skip),
            Self::Gzipped(inner) => {
                let mut reader = GzEncoder::new(inner.open(0)?, GZIP_LEVEL);
                discard(&mut reader, skip)?;
                Ok(Box::new(reader))
            }
            Self::Layer(layer) => {
                let mut reader = layer.open();
                discard(&mut reader, skip)?;
                Ok(Box::new(reader))
            }
            Self::Remote(remote) => {
                let mut reader = remote.open();
                discard(&mut reader, skip)?;
                Ok(Box::new(reader))
            }
        }
    }

    /// Returns the first `count` bytes, or fewer where there are no more.
    ///
    /// # Errors
    /// When they can't be read.
    pub(super) fn start(&self, count: u64) -> io::Result<Vec<u8>> {
        let mut start = Vec::new();
        self.open(0)?.take(count).read_to_end(&mut start)?;
        Ok(start)
    }

    /// Returns the same bytes, compressed by gzip.
    #[must_use]
    pub(super) fn gzipped(self) -> Self {
        Self::Gzipped(Box::new(self))
    }
}

/// Keeps what a registry's error says; the causes stand in its text.
fn passed_on(problem: oci_registry::RegistryError) -> io::Error {
    io::Error::other(kit::Error::from(problem).to_string())
}

fn discard(reader: &mut impl Read, count: u64) -> io::Result<()> {
    match io::copy(&mut reader.take(count), &mut io::sink())? {
        skipped if skipped == count => Ok(()),
        _ => Err(io::ErrorKind::UnexpectedEof.into()),
    }
}

#[cfg(test)]
mod tests {
    use std::io::Write;

    use super::*;

    fn read(content: &Content, skip: u64) -> Vec<u8> {
        let mut bytes = Vec::new();
        content.open(skip).unwrap().read_to_end(&mut bytes).unwrap();
        bytes
    }

    #[test]
    fn content_can_be_read_from_anywhere_and_again() {
        let text = b"0123456789".repeat(100);
        let mut plain = tempfile::NamedTempFile::new().unwrap();
        plain.write_all(&text).unwrap();
        let mut packed = tempfile::NamedTempFile::new().unwrap();
        io::copy(&mut GzEncoder::new(text.as_slice(), GZIP_LEVEL), &mut packed).unwrap();
        let section = |path: &Path, compression| {
            Content::Section(Section { path: path.into(), compression, offset: 10, length: 500 })
        };
        let cases = [
            ("memory", Content::Bytes(text[10..510].to_vec().into())),
            ("file", section(plain.path(), Compression::None)),
            ("compressed file", section(packed.path(), Compression::Gzip)),
        ];
        for (case, content) in cases {
            for skip in [0, 1, 499, 500] {
                assert_eq!(read(&content, skip), &text[10 + skip as usize..510], "{case}, from {skip}");
            }
            let gzipped = content.gzipped();
            let whole = read(&gzipped, 0);
            assert_eq!(Compression::of(&whole), Compression::Gzip);
            assert_eq!(read(&gzipped, 20), &whole[20..], "{case}, compressed");
        }
    }
}
