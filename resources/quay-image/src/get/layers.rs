//! An image's layers, to be unpacked.

use kit::{Error, Result};
use oci_registry::Image;
use oci_unpack::Layers;

use super::downloads::{Downloads, Stream};

/// What layers can be: gzip, zstd or plain tar, told apart by their first bytes.
const LAYER_TYPES: [&str; 6] = [
    "application/vnd.oci.image.layer.v1.tar",
    "application/vnd.oci.image.layer.v1.tar+gzip",
    "application/vnd.oci.image.layer.v1.tar+zstd",
    "application/vnd.docker.image.rootfs.diff.tar",
    "application/vnd.docker.image.rootfs.diff.tar.gzip",
    "application/vnd.docker.image.rootfs.diff.tar.zstd",
];

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
    image: Image,
    downloads: Downloads,
}

impl Remote {
    /// Returns the layers of `image`.
    pub(super) fn new(image: &Image, downloads: &Downloads) -> Self {
        Self { image: image.clone(), downloads: downloads.clone() }
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
        self.downloads.begin(layer, &self.image.layers[layer])
    }
}
