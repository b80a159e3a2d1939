//! From a layer's stored bytes to its archive.

use std::io::{self, BufRead, Read};

use bytes::{Buf, Bytes};
use flate2::bufread::MultiGzDecoder;

use crate::StreamError;
use crate::tar::Source;

/// How a layer is stored. Its media type is not asked: builders have been wrong about it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Format {
    Gzip,
    Zstd,
    Plain,
    /// A format that layers don't have.
    Unsupported(&'static str),
}

/// As many bytes as the longest magic number has.
const MAGIC: usize = 6;

impl Format {
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Gzip => "gzip",
            Self::Zstd => "zstd",
            Self::Plain => "tar",
            Self::Unsupported(name) => name,
        }
    }

    fn of(start: &[u8]) -> Self {
        match start {
            [0x1f, 0x8b, ..] => Self::Gzip,
            [0x28, 0xb5, 0x2f, 0xfd, ..] => Self::Zstd,
            // A skippable frame, by which zstd:chunked layers may begin.
            [0x50..=0x5f, 0x2a, 0x4d, 0x18, ..] => Self::Zstd,
            [0xfd, b'7', b'z', b'X', b'Z', 0, ..] => Self::Unsupported("xz"),
            // The digit is the block size; the number behind it can't begin a name of a member by chance.
            [b'B', b'Z', b'h', b'1'..=b'9', 0x31, 0x41, ..] => Self::Unsupported("bzip2"),
            [0x04, 0x22, 0x4d, 0x18, ..] => Self::Unsupported("lz4"),
            _ => Self::Plain,
        }
    }
}

/// A layer's stored bytes, as decoders read them. A failure of the stream is kept, since [`io::Error`] can't carry it
/// through a decoder unharmed.
pub(crate) struct Input<S> {
    /// Gone once its end has come: it may not be asked again.
    stream: Option<S>,
    piece: Bytes,
    failure: Option<StreamError>,
}

impl<S: Source<Error = StreamError>> Input<S> {
    pub(crate) fn new(stream: S) -> Self {
        Self { stream: Some(stream), piece: Bytes::new(), failure: None }
    }

    /// Tells the format by the first bytes, which stay to be read.
    pub(crate) fn format(&mut self) -> Result<Format, StreamError> {
        let mut start = Vec::new();
        while start.len() < MAGIC {
            let Some(piece) = self.next()? else { break };
            // Mostly there is just one piece, which need not be copied.
            if start.is_empty() && piece.len() >= MAGIC {
                self.piece = piece;
                return Ok(Format::of(&self.piece));
            }
            start.extend_from_slice(&piece);
        }
        self.piece = start.into();
        Ok(Format::of(&self.piece))
    }

    /// Returns the next piece undecoded.
    pub(crate) fn piece(&mut self) -> Result<Option<Bytes>, StreamError> {
        if self.piece.has_remaining() {
            return Ok(Some(std::mem::take(&mut self.piece)));
        }
        self.next()
    }

    fn next(&mut self) -> Result<Option<Bytes>, StreamError> {
        let Some(stream) = &mut self.stream else { return Ok(None) };
        let piece = stream.piece()?;
        if piece.is_none() {
            self.stream = None;
        }
        Ok(piece)
    }

    /// Returns why the stream failed, if it did.
    pub(crate) fn take_failure(&mut self) -> Option<StreamError> {
        self.failure.take()
    }
}

impl<S: Source<Error = StreamError>> Read for Input<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        let available = self.fill_buf()?;
        let length = available.len().min(buffer.len());
        buffer[..length].copy_from_slice(&available[..length]);
        self.consume(length);
        Ok(length)
    }
}

impl<S: Source<Error = StreamError>> BufRead for Input<S> {
    fn fill_buf(&mut self) -> io::Result<&[u8]> {
        while !self.piece.has_remaining() {
            match self.next() {
                Ok(Some(piece)) => self.piece = piece,
                Ok(None) => break,
                Err(failure) => {
                    self.failure = Some(failure);
                    return Err(io::Error::other("the stream failed"));
                }
            }
        }
        Ok(&self.piece)
    }

    fn consume(&mut self, amount: usize) {
        self.piece.advance(amount);
    }
}

/// A decoder on an input.
pub(crate) enum Decoder<S: Source<Error = StreamError>> {
    Gzip(Box<MultiGzDecoder<Input<S>>>),
    Zstd(zstd::Decoder<'static, Input<S>>),
}

impl<S: Source<Error = StreamError>> Decoder<S> {
    pub(crate) fn gzip(input: Input<S>) -> Self {
        Self::Gzip(Box::new(MultiGzDecoder::new(input)))
    }

    pub(crate) fn zstd(input: Input<S>) -> io::Result<Self> {
        Ok(Self::Zstd(zstd::Decoder::with_buffer(input)?))
    }

    pub(crate) fn input(&mut self) -> &mut Input<S> {
        match self {
            Self::Gzip(decoder) => decoder.get_mut(),
            Self::Zstd(decoder) => decoder.get_mut(),
        }
    }
}

impl<S: Source<Error = StreamError>> Read for Decoder<S> {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Gzip(decoder) => decoder.read(buffer),
            Self::Zstd(decoder) => decoder.read(buffer),
        }
    }
}
