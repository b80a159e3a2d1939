//! A layer that is read and decompressed by a thread of its own, ahead of its use.

use std::io::{self, Read};
use std::sync::Arc;
use std::sync::atomic::{AtomicU64, Ordering};
use std::thread::JoinHandle;

use bytes::Bytes;
use crossbeam_channel::{Receiver, Sender, bounded, unbounded};

use crate::compression::{Decoder, Format, Input};
use crate::tar::Source;
use crate::{Cancel, Layers, StreamError, UnpackError};

/// The size of a block of decompressed data: small enough for the processor's cache.
const BLOCK: usize = 128 * 1024;
/// How many blocks a layer may be decompressed ahead: 8 MiB, so that decompression, which takes longest, seldom waits for
/// the disk.
const BLOCKS_AHEAD: usize = 64;

/// How many bytes all layers together may have, unpacked.
#[derive(Clone, Debug)]
pub(crate) struct Budget {
    limit: u64,
    used: Arc<AtomicU64>,
}

impl Budget {
    pub(crate) fn new(limit: u64) -> Self {
        Self { limit, used: Arc::default() }
    }

    fn spend(&self, amount: usize) -> Result<(), UnpackError> {
        let amount = amount as u64;
        let used = self.used.fetch_add(amount, Ordering::Relaxed).saturating_add(amount);
        if used > self.limit { Err(UnpackError::TooLarge { limit: self.limit }) } else { Ok(()) }
    }
}

/// The archive of a layer: a [`Source`] of decompressed blocks.
pub(crate) struct OpenLayer {
    /// Gone when no more is wanted.
    blocks: Option<Receiver<Bytes>>,
    thread: Option<JoinHandle<Result<(), UnpackError>>>,
}

impl OpenLayer {
    /// Begins to read a layer.
    pub(crate) fn open<L: Layers>(
        layers: &L,
        layer: usize,
        budget: Budget,
        cancel: Cancel,
    ) -> Result<Self, UnpackError> {
        let (sender, blocks) = bounded(BLOCKS_AHEAD);
        let unpacking = Decompressing { layer: layers.name(layer), blocks: sender, budget, cancel };
        let stream = layers.open(layer);
        let thread = std::thread::Builder::new().name(format!("layer {layer}"));
        let thread = thread.spawn(move || unpacking.run(stream)).map_err(UnpackError::Thread)?;
        Ok(Self { blocks: Some(blocks), thread: Some(thread) })
    }

    /// Lets the stream be read to its end, and tells whether it was what it should be.
    pub(crate) fn finish(&mut self) -> Result<(), UnpackError> {
        self.blocks = None;
        match self.thread.take().map(JoinHandle::join) {
            None | Some(Ok(Ok(()))) => Ok(()),
            Some(Ok(Err(problem))) => Err(problem),
            Some(Err(panic)) => std::panic::resume_unwind(panic),
        }
    }

    /// Ends the reading after `outcome`. Often it isn't the archive that is wrong, but what came of it: that is known at
    /// the stream's end.
    pub(crate) fn finish_after(mut self, outcome: Result<(), UnpackError>) -> Result<(), UnpackError> {
        match outcome {
            Ok(()) => self.finish(),
            Err(problem @ UnpackError::Archive { .. }) => self.finish().and(Err(problem)),
            Err(problem) => Err(problem),
        }
    }
}

impl Source for OpenLayer {
    type Error = UnpackError;

    fn piece(&mut self) -> Result<Option<Bytes>, UnpackError> {
        match self.blocks.as_ref().map(Receiver::recv) {
            Some(Ok(block)) => Ok(Some(block)),
            // The thread has ended, for good or bad.
            Some(Err(_)) | None => self.finish().map(|()| None),
        }
    }
}

/// The thread's part.
struct Decompressing {
    layer: String,
    blocks: Sender<Bytes>,
    budget: Budget,
    cancel: Cancel,
}

impl Decompressing {
    fn run<S: Source<Error = StreamError>>(self, stream: S) -> Result<(), UnpackError> {
        let mut input = Input::new(stream);
        let format = input.format().map_err(|cause| self.failed(cause))?;
        match format {
            Format::Plain => {
                while let Some(piece) = input.piece().map_err(|cause| self.failed(cause))? {
                    if !self.pass_on(piece)? {
                        break;
                    }
                }
            }
            Format::Gzip => {
                let mut decoder = Decoder::gzip(input);
                self.decode(&mut decoder, format)?;
                return self.drain(decoder.input());
            }
            Format::Zstd => {
                let mut decoder = Decoder::zstd(input).map_err(|cause| UnpackError::Decompress {
                    layer: self.layer.clone(),
                    format: format.name(),
                    cause,
                })?;
                self.decode(&mut decoder, format)?;
                return self.drain(decoder.input());
            }
            Format::Unsupported(format) => {
                return Err(UnpackError::UnsupportedFormat { layer: self.layer, format });
            }
        }
        self.drain(&mut input)
    }

    /// Decodes until the end, or until nobody wants more.
    fn decode<S>(&self, decoder: &mut Decoder<S>, format: Format) -> Result<(), UnpackError>
    where
        S: Source<Error = StreamError>,
    {
        let buffers = Buffers::new();
        loop {
            let mut buffer = buffers.take();
            let length = match fill(decoder, &mut buffer) {
                Ok(length) => length,
                Err(cause) => return Err(self.why(decoder, format, cause)),
            };
            if length == 0 || !self.pass_on(buffers.block(buffer, length))? {
                return Ok(());
            }
        }
    }

    /// Tells why decoding failed. Mostly not the compression is wrong, but what came of the layer: that is known at the
    /// stream's end.
    fn why<S>(&self, decoder: &mut Decoder<S>, format: Format, cause: io::Error) -> UnpackError
    where
        S: Source<Error = StreamError>,
    {
        if let Some(failure) = decoder.input().take_failure() {
            return self.failed(failure);
        }
        let damaged = UnpackError::Decompress { layer: self.layer.clone(), format: format.name(), cause };
        self.drain(decoder.input()).err().unwrap_or(damaged)
    }

    /// Hands a block on. Returns whether more are wanted.
    fn pass_on(&self, block: Bytes) -> Result<bool, UnpackError> {
        if self.cancel.is_cancelled() {
            return Err(UnpackError::Cancelled);
        }
        self.budget.spend(block.len())?;
        Ok(self.blocks.send(block).is_ok())
    }

    /// Reads what follows the archive's end: the stream fails at its end if it isn't what its digest says.
    fn drain<S: Source<Error = StreamError>>(&self, input: &mut Input<S>) -> Result<(), UnpackError> {
        while input.piece().map_err(|cause| self.failed(cause))?.is_some() {
            if self.cancel.is_cancelled() {
                return Err(UnpackError::Cancelled);
            }
        }
        Ok(())
    }

    fn failed(&self, cause: StreamError) -> UnpackError {
        UnpackError::Stream { layer: self.layer.clone(), cause }
    }
}

/// Fills the buffer, but for the last one. Decoders return early, which would make many small blocks.
fn fill(decoder: &mut impl Read, buffer: &mut [u8]) -> io::Result<usize> {
    let mut length = 0;
    while length < buffer.len() {
        match decoder.read(&mut buffer[length..])? {
            0 => break,
            read => length += read,
        }
    }
    Ok(length)
}

/// Buffers that are used again when their block has been dropped.
struct Buffers {
    give_back: Sender<Vec<u8>>,
    free: Receiver<Vec<u8>>,
}

impl Buffers {
    fn new() -> Self {
        let (give_back, free) = unbounded();
        Self { give_back, free }
    }

    /// Returns a buffer. The channel of blocks is bounded, and so is the number of buffers.
    fn take(&self) -> Vec<u8> {
        self.free.try_recv().unwrap_or_else(|_| vec![0; BLOCK])
    }

    fn block(&self, buffer: Vec<u8>, length: usize) -> Bytes {
        Bytes::from_owner(Block { buffer, length, give_back: self.give_back.clone() })
    }
}

struct Block {
    buffer: Vec<u8>,
    length: usize,
    give_back: Sender<Vec<u8>>,
}

impl AsRef<[u8]> for Block {
    fn as_ref(&self) -> &[u8] {
        &self.buffer[..self.length]
    }
}

impl Drop for Block {
    fn drop(&mut self) {
        // After the layer's end nobody takes it back.
        let _ = self.give_back.send(std::mem::take(&mut self.buffer));
    }
}
