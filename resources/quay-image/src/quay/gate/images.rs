//! Which images are behind a digest: Quay scans images, and no indexes.

use kit::{Error, Result};
use oci_registry::{Client as Registry, Content, Digest, Platform, Reference, media_type};

/// How deep indexes may lie in indexes.
const DEEPEST: usize = 4;

/// An image for one platform, as the scanner sees it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Image {
    /// `linux/amd64`, or the digest where no platform is said.
    pub(super) label: String,
    /// Its manifest.
    pub(super) digest: Digest,
}

/// Returns the images behind a digest: itself, or those of an index, all or the one for a platform. Attestations are
/// none.
///
/// # Errors
/// When a manifest is not there, or the index has no image for the platform.
pub(super) async fn images(
    registry: &Registry,
    digest: &Digest,
    platform: Option<&Platform>,
) -> Result<Vec<Image>> {
    if let Some(platform) = platform {
        let image = registry.image(&Reference::Digest(digest.clone()), platform).await?;
        let image = image.ok_or_else(|| gone(registry, digest))?;
        return Ok(vec![Image { label: platform.to_string(), digest: image.digest }]);
    }
    let mut found = Vec::new();
    let mut open = vec![(Image { label: digest.to_string(), digest: digest.clone() }, DEEPEST)];
    while let Some((image, depth)) = open.pop() {
        let manifest = registry.manifest(&Reference::Digest(image.digest.clone())).await?;
        let manifest = manifest.ok_or_else(|| gone(registry, &image.digest))?;
        let Content::Index(index) = &manifest.content else {
            found.push(image);
            continue;
        };
        for entry in index.manifests.iter().rev().filter(|_| depth > 0) {
            let platform = entry.platform.as_ref().map(Platform::to_string);
            // An attestation says `unknown/unknown`.
            if platform.as_deref().is_some_and(|platform| platform.starts_with("unknown/")) {
                continue;
            }
            let label = platform.unwrap_or_else(|| entry.digest.to_string());
            let image = Image { label, digest: entry.digest.clone() };
            if media_type::is_index(&entry.media_type) {
                open.push((image, depth - 1));
            } else {
                found.push(image);
            }
        }
    }
    Ok(found)
}

fn gone(registry: &Registry, digest: &Digest) -> Error {
    Error::new(format!("`{}@{digest}` is not there", registry.repository()))
}
