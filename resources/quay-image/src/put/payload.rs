//! What a put pushes.

use std::io::Read;

use bytes::Bytes;
use kit::{Context, Error, Result};
use oci_registry::{Descriptor, Digest, Manifest, Platform, Tag};

use super::content::Content;

/// An image, index or artifact with all that it is made of.
#[derive(Clone, Debug)]
pub(super) struct Payload {
    /// What the tags will name.
    pub(super) top: Manifest,
    /// The manifests that it names, and that these name: each after what it names itself.
    pub(super) children: Vec<Manifest>,
    /// The blobs of all manifests, each once.
    pub(super) blobs: Vec<Blob>,
    /// For which platform it is, where it is one image and its configuration says so.
    pub(super) platform: Option<Platform>,
    /// What refers to the manifests: signatures, bills of materials. Each stands after what it refers to.
    pub(super) referrers: Vec<Referrer>,
}

/// Something that refers to a manifest, with all that it is made of.
#[derive(Clone, Debug)]
pub(super) struct Referrer {
    /// The manifest that it refers to.
    pub(super) subject: Digest,
    /// The tag by which it does, where its manifest does not say it: `sha256-….sig`, as cosign signs.
    pub(super) tag: Option<Tag>,
    /// The referrer itself.
    pub(super) payload: Payload,
}

/// A blob, and where its bytes are.
#[derive(Clone, Debug)]
pub(super) struct Blob {
    /// Its digest and size.
    pub(super) descriptor: Descriptor,
    /// Its bytes, which are only trusted once their digest has been computed.
    pub(super) content: Content,
}

impl Blob {
    /// Makes a blob of bytes in memory.
    pub(super) fn new(media_type: &str, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        let descriptor = Descriptor::new(media_type, Digest::sha256(&bytes), bytes.len() as u64);
        Self { descriptor, content: Content::Bytes(bytes) }
    }

    /// Reads and verifies a small blob.
    ///
    /// # Errors
    /// When it has more than `limit` bytes, can't be read, or is damaged.
    pub(super) fn read(&self, limit: u64) -> Result<Vec<u8>> {
        let Descriptor { digest, size, .. } = &self.descriptor;
        if *size > limit {
            return Err(Error::new(format!("the blob {digest} has more than {limit} bytes")));
        }
        let mut bytes = Vec::new();
        let problem = || format!("cannot read the blob {digest}");
        self.content.open(0).context(problem)?.take(limit).read_to_end(&mut bytes).context(problem)?;
        verify(&format!("the blob {digest}"), &self.descriptor, &bytes)?;
        Ok(bytes)
    }
}

impl Payload {
    /// Finds a blob.
    pub(super) fn blob(&self, digest: &Digest) -> Option<&Blob> {
        self.blobs.iter().find(|blob| blob.descriptor.digest == *digest)
    }

    /// Finds a manifest below the top.
    pub(super) fn child(&self, digest: &Digest) -> Option<&Manifest> {
        self.children.iter().find(|manifest| manifest.digest == *digest)
    }

    /// Returns all manifests, the top last.
    pub(super) fn manifests(&self) -> impl Iterator<Item = &Manifest> {
        self.children.iter().chain([&self.top])
    }

    /// Adds a blob that isn't there yet.
    pub(super) fn add_blob(&mut self, blob: Blob) {
        if self.blob(&blob.descriptor.digest).is_none() {
            self.blobs.push(blob);
        }
    }

    /// Adds a manifest that isn't there yet.
    pub(super) fn add_child(&mut self, manifest: Manifest) {
        if self.child(&manifest.digest).is_none() {
            self.children.push(manifest);
        }
    }
}

/// Makes a manifest of a JSON value.
///
/// # Errors
/// When it is none.
pub(super) fn manifest(value: &serde_json::Value) -> Result<Manifest> {
    let raw = Bytes::from(serde_json::to_vec(value)?);
    let digest = Digest::sha256(&raw);
    Manifest::parse(raw, digest, "").context(|| "cannot make a manifest".into())
}

/// Tells whether a layer is one that registries don't take, as Windows' base layers: only its URL is kept.
pub(super) fn is_foreign(media_type: &str) -> bool {
    media_type.contains(".foreign.") || media_type.contains(".nondistributable.")
}

/// Checks that `content` is what `descriptor` names.
///
/// # Errors
/// When it isn't, naming `what`.
pub(super) fn verify(what: &str, descriptor: &Descriptor, content: &[u8]) -> Result<()> {
    let expected = descriptor.size;
    if expected != content.len() as u64 {
        let found = content.len();
        return Err(Error::new(format!("{what} has {found} bytes, and {expected} were announced"))
            .hint("the image is damaged: was its copying or building cut off?"));
    }
    descriptor
        .digest
        .verify(content)
        .context(|| format!("{what} is damaged"))
        .hint(|| "build or fetch the image again".into())
}
