//! Docker's media types and OCI's for the same.

use oci_registry::media_type;
use serde_json::{Value, json};

/// The media type of the layers that are made here.
pub const OCI_GZIP_LAYER: &str = "application/vnd.oci.image.layer.v1.tar+gzip";

/// Gives a manifest or index of Docker's the media types of OCI. What is OCI's already stays.
pub fn to_oci(manifest: &mut Value) {
    rename(&mut manifest["mediaType"]);
    if manifest.get("config").is_some() {
        rename(&mut manifest["config"]["mediaType"]);
    }
    let layers = manifest.get_mut("layers").and_then(Value::as_array_mut);
    layers.into_iter().flatten().for_each(|layer| rename(&mut layer["mediaType"]));
}

fn rename(kind: &mut Value) {
    let renamed = match kind.as_str().unwrap_or_default() {
        media_type::DOCKER_IMAGE => media_type::OCI_IMAGE,
        media_type::DOCKER_INDEX => media_type::OCI_INDEX,
        media_type::DOCKER_CONFIG => media_type::OCI_CONFIG,
        "application/vnd.docker.image.rootfs.diff.tar.gzip" => OCI_GZIP_LAYER,
        "application/vnd.docker.image.rootfs.diff.tar.zstd" => "application/vnd.oci.image.layer.v1.tar+zstd",
        "application/vnd.docker.image.rootfs.diff.tar" => "application/vnd.oci.image.layer.v1.tar",
        "application/vnd.docker.image.rootfs.foreign.diff.tar.gzip" => {
            "application/vnd.oci.image.layer.nondistributable.v1.tar+gzip"
        }
        _ => return,
    };
    *kind = json!(renamed);
}
