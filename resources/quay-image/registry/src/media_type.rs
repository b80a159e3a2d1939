//! Media types of manifests and image configurations.

pub use oci_distribution::manifest::{
    IMAGE_CONFIG_MEDIA_TYPE as OCI_CONFIG, IMAGE_DOCKER_CONFIG_MEDIA_TYPE as DOCKER_CONFIG,
    IMAGE_MANIFEST_LIST_MEDIA_TYPE as DOCKER_INDEX, IMAGE_MANIFEST_MEDIA_TYPE as DOCKER_IMAGE,
    OCI_IMAGE_INDEX_MEDIA_TYPE as OCI_INDEX, OCI_IMAGE_MEDIA_TYPE as OCI_IMAGE,
};

/// What images of the first buildx and kaniko releases say of their configuration.
pub(crate) const UNTYPED_CONFIG: &str = "application/octet-stream";

/// Docker's schema 1, which nobody makes any more; registries convert to it for clients that accept nothing else.
const SCHEMA_1: [&str; 2] = [
    "application/vnd.docker.distribution.manifest.v1+json",
    "application/vnd.docker.distribution.manifest.v1+prettyjws",
];

/// Every kind of manifest that we read, as an `Accept` header: OCI's image and index, and Docker's. Registries convert
/// or hide what is not asked for: Quay answers with another digest, so all of them go into each request.
pub(crate) const ACCEPT: &str = "application/vnd.oci.image.manifest.v1+json, \
    application/vnd.oci.image.index.v1+json, \
    application/vnd.docker.distribution.manifest.v2+json, \
    application/vnd.docker.distribution.manifest.list.v2+json";

/// Tells whether a media type means an index of several manifests.
pub fn is_index(media_type: &str) -> bool {
    matches!(media_type, OCI_INDEX | DOCKER_INDEX)
}

/// Tells whether a media type means a manifest of one image or artifact.
pub fn is_image(media_type: &str) -> bool {
    matches!(media_type, OCI_IMAGE | DOCKER_IMAGE)
}

/// Tells whether a media type means an image's configuration, so that what has it is an image and no other artifact.
pub fn is_image_config(media_type: &str) -> bool {
    matches!(media_type, OCI_CONFIG | DOCKER_CONFIG | UNTYPED_CONFIG)
}

pub(crate) fn is_schema_1(media_type: &str) -> bool {
    SCHEMA_1.contains(&media_type)
}

/// Returns a `Content-Type` without its parameters, in lower case.
pub(crate) fn essence(content_type: &str) -> String {
    content_type.split(';').next().unwrap_or_default().trim().to_ascii_lowercase()
}
