//! Images made in memory: hostile, odd or large ones too, the same for the same seed.
//!
//! ```no_run
//! use stack::{Registry, image};
//!
//! let layer = image::Layer::new().directory("etc").file("etc/motd", "hello\n");
//! let image = image::Builder::new().platform("linux/arm64").layer(layer).label("team", "a").build();
//! let registry = Registry::plain();
//! image.push(&registry, "acme/app", "1.2.3");
//! ```

mod archive;
mod builder;
mod content;
mod entry;
mod index;
mod layer;
mod push;
mod random;
#[cfg(test)]
mod tests;

pub use builder::{Artifact, Builder};
pub use content::{Blob, Content, digest};
pub use entry::Entry;
pub use index::Index;
pub use layer::{Compression, Layer};
pub use push::Remote;
pub use random::{noise, prose};

/// Media types of the OCI image specification, and the artifact types used here.
pub mod media_type {
    /// An image's manifest.
    pub const MANIFEST: &str = "application/vnd.oci.image.manifest.v1+json";
    /// An index of manifests.
    pub const INDEX: &str = "application/vnd.oci.image.index.v1+json";
    /// An image's config.
    pub const CONFIG: &str = "application/vnd.oci.image.config.v1+json";
    /// The config of what is no image.
    pub const EMPTY: &str = "application/vnd.oci.empty.v1+json";
    /// A layer; compressed ones add `+gzip` or `+zstd`.
    pub const LAYER: &str = "application/vnd.oci.image.layer.v1.tar";
    /// Docker's manifest, schema 2.
    pub const DOCKER_MANIFEST: &str = "application/vnd.docker.distribution.manifest.v2+json";
    /// Docker's index.
    pub const DOCKER_LIST: &str = "application/vnd.docker.distribution.manifest.list.v2+json";
    /// Docker's config.
    pub const DOCKER_CONFIG: &str = "application/vnd.docker.container.image.v1+json";
    /// Docker's layer, gzip.
    pub const DOCKER_LAYER: &str = "application/vnd.docker.image.rootfs.diff.tar.gzip";
}
