//! Layers in memory, and what becomes of them on disk.

use std::path::Path;

use bytes::Bytes;
use oci_unpack::tar::Source;
use oci_unpack::{Cancel, Layers, Options, StreamError, Summary, UnpackError};
use stack::image::Layer;

/// Stored layers, the lowest first.
pub(crate) struct Stored(pub(crate) Vec<Bytes>);

impl Stored {
    pub(crate) fn new(layers: &[Layer]) -> Self {
        Self(layers.iter().map(|layer| layer.blob().bytes).collect())
    }
}

/// Bytes that come in pieces of a size that meets no block's border. The end may be asked for once.
pub(crate) struct Pieces(Option<Bytes>);

const PIECE: usize = 1499;

impl Source for Pieces {
    type Error = StreamError;

    fn piece(&mut self) -> Result<Option<Bytes>, StreamError> {
        let rest = self.0.as_mut().expect("the end has come already");
        let length = PIECE.min(rest.len());
        let piece = rest.split_to(length);
        if length == 0 {
            self.0 = None;
        }
        Ok((length > 0).then_some(piece))
    }
}

impl Layers for Stored {
    type Stream = Pieces;

    fn count(&self) -> usize {
        self.0.len()
    }

    fn name(&self, layer: usize) -> String {
        format!("number {layer}")
    }

    fn open(&self, layer: usize) -> Pieces {
        Pieces(Some(self.0[layer].clone()))
    }
}

pub(crate) fn unpack(root: &Path, layers: &[Layer]) -> Result<Summary, UnpackError> {
    unpack_with(root, layers, &Options::default())
}

pub(crate) fn unpack_with(root: &Path, layers: &[Layer], options: &Options) -> Result<Summary, UnpackError> {
    oci_unpack::unpack(root, &Stored::new(layers), options, &Cancel::new())
}

/// Returns an error with all its causes in one line.
pub(crate) fn chain(error: &UnpackError) -> String {
    let mut text = error.to_string();
    let mut source = std::error::Error::source(error);
    while let Some(cause) = source {
        text = format!("{text}: {cause}");
        source = cause.source();
    }
    text
}
