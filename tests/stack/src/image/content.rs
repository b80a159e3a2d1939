//! Blobs and manifests, which are named by their digest.

use bytes::Bytes;
use serde_json::{Value, json};
use sha2::{Digest, Sha256};

/// Bytes of a media type.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Blob {
    /// The media type under which a descriptor names it.
    pub media_type: String,
    /// `sha256:` and 64 hex digits.
    pub digest: String,
    /// The content.
    pub bytes: Bytes,
}

/// A manifest or an index together with everything that it names.
#[derive(Clone, Debug)]
pub struct Content {
    /// The manifest itself.
    pub manifest: Blob,
    /// Config and layers of a manifest.
    pub blobs: Vec<Blob>,
    /// Manifests of an index.
    pub children: Vec<Content>,
    /// Further fields of the descriptor that names this in an index, such as `platform`.
    pub(super) descriptor_fields: serde_json::Map<String, Value>,
}

impl Blob {
    /// Takes bytes and computes their digest.
    pub fn new(media_type: &str, bytes: impl Into<Bytes>) -> Self {
        let bytes = bytes.into();
        Self { media_type: media_type.into(), digest: digest(&bytes), bytes }
    }

    /// Takes a JSON value.
    pub fn json(media_type: &str, value: &Value) -> Self {
        Self::new(media_type, value.to_string())
    }

    /// Returns the descriptor that names this blob.
    pub fn descriptor(&self) -> Value {
        json!({"mediaType": self.media_type, "digest": self.digest, "size": self.bytes.len()})
    }
}

impl Content {
    /// Returns the digest of the manifest.
    pub fn digest(&self) -> &str {
        &self.manifest.digest
    }

    /// Returns the manifest as JSON.
    ///
    /// # Panics
    ///
    /// When a test replaced it with something that is no JSON.
    pub fn json(&self) -> Value {
        serde_json::from_slice(&self.manifest.bytes).expect("a manifest is JSON")
    }

    /// Returns the same content with a changed manifest, so with another digest.
    pub fn change_manifest(mut self, change: impl FnOnce(&mut Value)) -> Self {
        let mut value = self.json();
        change(&mut value);
        self.manifest = Blob::json(&self.manifest.media_type, &value);
        self
    }

    /// Returns the descriptor that names this in an index.
    pub fn descriptor(&self) -> Value {
        let mut descriptor = self.manifest.descriptor();
        for (name, value) in &self.descriptor_fields {
            descriptor[name] = value.clone();
        }
        descriptor
    }

    /// Returns every blob, those of children included, each once, with the manifests after what they name.
    pub fn all_blobs(&self) -> Vec<&Blob> {
        let mut all: Vec<&Blob> = Vec::new();
        let children = self.children.iter().flat_map(Content::all_blobs);
        for blob in self.blobs.iter().chain(children).chain([&self.manifest]) {
            if !all.iter().any(|known| known.digest == blob.digest) {
                all.push(blob);
            }
        }
        all
    }
}

/// Returns the digest of bytes: `sha256:` and 64 hex digits.
pub fn digest(bytes: &[u8]) -> String {
    let hex: String = Sha256::digest(bytes).iter().map(|byte| format!("{byte:02x}")).collect();
    format!("sha256:{hex}")
}
