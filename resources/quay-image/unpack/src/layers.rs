//! What is unpacked.

use crate::StreamError;
use crate::tar::Source;

/// The layers of an image.
pub trait Layers {
    /// The bytes of a layer as they are stored: gzip, zstd or plain tar, told apart by their first bytes.
    ///
    /// It is read to its end, so that it can fail there if the content isn't what its digest says.
    type Stream: Source<Error = StreamError> + Send + 'static;

    /// Returns how many layers there are.
    fn count(&self) -> usize;

    /// Returns the layer's name for messages: its digest.
    fn name(&self, layer: usize) -> String;

    /// Returns the layer's bytes. Layer 0 is the lowest.
    ///
    /// Several layers are open at once, the highest first. One may be asked for again: where a hard link of a layer
    /// needs a file of the same layer that had been passed over.
    fn open(&self, layer: usize) -> Self::Stream;
}
