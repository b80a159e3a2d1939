//! An image's layers, from the registry to where they are used.

use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use kit::report::Progress;
use kit::{Error, Result};
use oci_registry::{Client, Image};
use oci_unpack::tar::Source;
use oci_unpack::{Layers, StreamError};
use tokio::runtime::Handle;
use tokio::sync::mpsc;

/// What layers can be: gzip, zstd or plain tar, told apart by their first bytes.
const LAYER_TYPES: [&str; 6] = [
    "application/vnd.oci.image.layer.v1.tar",
    "application/vnd.oci.image.layer.v1.tar+gzip",
    "application/vnd.oci.image.layer.v1.tar+zstd",
    "application/vnd.docker.image.rootfs.diff.tar",
    "application/vnd.docker.image.rootfs.diff.tar.gzip",
    "application/vnd.docker.image.rootfs.diff.tar.zstd",
];

/// Pieces of a layer that wait to be unpacked. A piece is at most what the connection hands out at once, some 16 kB.
const PIECES_AHEAD: usize = 64;

/// Refuses layers that are no file systems, naming their kind.
pub(super) fn check_types(image: &Image) -> Result<()> {
    match image.layers.iter().find(|layer| !LAYER_TYPES.contains(&layer.media_type.as_str())) {
        None => Ok(()),
        Some(layer) => {
            let (digest, kind) = (&layer.digest, &layer.media_type);
            Err(Error::new(format!("layer {digest} is a `{kind}`, which is no file system that is known"))
                .hint("`params: {format: oci-layout}` fetches layers of every kind"))
        }
    }
}

/// Layers that are fetched while they are unpacked.
pub(super) struct Remote {
    client: Client,
    image: Image,
    runtime: Handle,
    progress: Arc<Progress>,
    failure: Failure,
}

/// Why a layer could not be fetched, with the advice that an error loses on its way through the unpacking.
#[derive(Clone, Default)]
pub(super) struct Failure(Arc<Mutex<Option<Error>>>);

impl Failure {
    /// Returns the first failure, if there was one.
    pub(super) fn take(&self) -> Option<Error> {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).take()
    }

    fn set(&self, error: Error) {
        self.0.lock().unwrap_or_else(PoisonError::into_inner).get_or_insert(error);
    }
}

impl Remote {
    /// Returns the layers of `image`. The current runtime must go on to run while they are unpacked elsewhere.
    pub(super) fn new(client: &Client, image: &Image, progress: Arc<Progress>) -> Self {
        Self {
            client: client.clone(),
            image: image.clone(),
            runtime: Handle::current(),
            progress,
            failure: Failure::default(),
        }
    }

    /// Returns where a failure is told.
    pub(super) fn failure(&self) -> Failure {
        self.failure.clone()
    }
}

impl Layers for Remote {
    type Stream = Stream;

    fn count(&self) -> usize {
        self.image.layers.len()
    }

    fn name(&self, layer: usize) -> String {
        self.image.layers[layer].digest.to_string()
    }

    fn open(&self, layer: usize) -> Stream {
        let mut blob = self.client.blob(&self.image.layers[layer]).verified();
        let (sender, receiver) = mpsc::channel(PIECES_AHEAD);
        let (progress, failure) = (Arc::clone(&self.progress), self.failure.clone());
        self.runtime.spawn(async move {
            loop {
                let piece = match blob.chunk().await {
                    Ok(Some(piece)) => piece,
                    Ok(None) => break,
                    Err(problem) => {
                        let error = Error::from(problem);
                        let text = error.to_string();
                        failure.set(error);
                        let _ = sender.send(Err(text.into())).await;
                        break;
                    }
                };
                progress.add(piece.len() as u64);
                // Who unpacks may have given up.
                if sender.send(Ok(piece)).await.is_err() {
                    break;
                }
            }
        });
        Stream(receiver)
    }
}

/// A layer's bytes, verified by digest and size once the end has come.
pub(super) struct Stream(mpsc::Receiver<Result<Bytes, StreamError>>);

impl Source for Stream {
    type Error = StreamError;

    fn piece(&mut self) -> Result<Option<Bytes>, StreamError> {
        self.0.blocking_recv().transpose()
    }
}
