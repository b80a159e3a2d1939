//! Manifests: what an image, an index of images, or another artifact is made of.

use std::collections::BTreeMap;

use bytes::Bytes;
use oci_distribution::manifest::{ImageIndexEntry, OciDescriptor, OciImageIndex, OciImageManifest};
use serde_json::Value;

use crate::{Digest, InvalidDigest, Platform, media_type};

/// The largest manifest that is read: 4 MiB, which is what registries take.
pub const MAX_MANIFEST_BYTES: u64 = 4 * 1024 * 1024;

/// Names some content: its kind, digest and size, and what is said of it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Descriptor {
    /// What kind of content it is; empty where the registry does not say.
    pub media_type: String,
    /// Its digest.
    pub digest: Digest,
    /// Its size in bytes.
    pub size: u64,
    /// The platform of a manifest in an index, where it is said.
    pub platform: Option<Platform>,
    /// What else is said of it.
    pub annotations: BTreeMap<String, String>,
    /// What kind of artifact it is, in a list of referrers.
    pub artifact_type: Option<String>,
}

/// A manifest: its bytes, whose digest has been verified, and what they say.
#[derive(Clone, Debug)]
pub struct Manifest {
    /// The bytes as the registry sent them. Only they have the digest.
    pub raw: Bytes,
    /// Their digest.
    pub digest: Digest,
    /// What kind of manifest it is.
    pub media_type: String,
    /// What it says.
    pub content: Content,
}

/// What a manifest says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// One image.
    Image(Image),
    /// A list of manifests, most often one image per platform.
    Index(Index),
    /// Something else in an image's clothes: a chart, a signature, an attestation.
    Artifact(Image),
}

/// A configuration and layers.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The configuration blob.
    pub config: Descriptor,
    /// The layers, lowest first.
    pub layers: Vec<Descriptor>,
    /// What the manifest says of the image.
    pub annotations: BTreeMap<String, String>,
    /// The manifest that this one belongs to, as a signature does.
    pub subject: Option<Descriptor>,
    /// What kind of artifact it says it is.
    pub artifact_type: Option<String>,
}

/// A list of manifests.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Index {
    /// The manifests, in their order.
    pub manifests: Vec<Descriptor>,
    /// What the index says of itself.
    pub annotations: BTreeMap<String, String>,
}

/// Why bytes are no manifest that we read.
#[derive(Debug, thiserror::Error)]
pub enum InvalidManifest {
    /// Docker's old format.
    #[error("it is in Docker's schema 1, which holds no usable digests and is not supported")]
    SchemaOne,
    /// A kind that we don't know.
    #[error("its media type `{0}` is not one of an image or index")]
    UnknownMediaType(String),
    /// It says two things at once (CVE-2021-41190).
    #[error("it claims to be both an image and an index")]
    Ambiguous,
    /// Not JSON, or not of the shape of its kind.
    #[error("it is malformed")]
    Malformed(#[source] serde_json::Error),
    /// A descriptor in it has no usable digest.
    #[error("it names content without a usable digest")]
    Digest(#[from] InvalidDigest),
    /// A descriptor in it has a size below zero.
    #[error("it names content of {0} bytes")]
    Size(i64),
}

impl Manifest {
    /// Reads a manifest of which the digest is known to be right. `content_type` is what the registry calls it, and
    /// counts only where the manifest itself does not say its kind.
    ///
    /// # Errors
    /// When it is no image, artifact or index.
    pub fn parse(raw: Bytes, digest: Digest, content_type: &str) -> Result<Self, InvalidManifest> {
        let value: Value = serde_json::from_slice(&raw).map_err(InvalidManifest::Malformed)?;
        let media_type = kind(&value, content_type)?;
        let content = if media_type::is_index(&media_type) {
            let index: OciImageIndex = serde_json::from_value(value).map_err(InvalidManifest::Malformed)?;
            Content::Index(Index::try_from(index)?)
        } else {
            let image: OciImageManifest =
                serde_json::from_value(value).map_err(InvalidManifest::Malformed)?;
            let image = Image::try_from(image)?;
            if media_type::is_image_config(&image.config.media_type) {
                Content::Image(image)
            } else {
                Content::Artifact(image)
            }
        };
        Ok(Self { raw, digest, media_type, content })
    }

    /// Returns what names this manifest elsewhere.
    pub fn descriptor(&self) -> Descriptor {
        Descriptor::new(self.media_type.clone(), self.digest.clone(), self.raw.len() as u64)
    }

    /// Returns the digest of the manifest that this one refers to, as a signature does.
    pub fn subject(&self) -> Option<Digest> {
        let said: Value = serde_json::from_slice(&self.raw).ok()?;
        said.pointer("/subject/digest")?.as_str()?.parse().ok()
    }

    /// Returns the annotations.
    pub fn annotations(&self) -> &BTreeMap<String, String> {
        match &self.content {
            Content::Image(image) | Content::Artifact(image) => &image.annotations,
            Content::Index(index) => &index.annotations,
        }
    }
}

/// Tells what kind of manifest it is: what it says itself, else what the registry calls it, else what it looks like.
fn kind(value: &Value, content_type: &str) -> Result<String, InvalidManifest> {
    let has = |name: &str| value.get(name).is_some_and(|field| !field.is_null());
    if value.get("schemaVersion").and_then(Value::as_i64) == Some(1) {
        return Err(InvalidManifest::SchemaOne);
    }
    if has("manifests") && (has("config") || has("layers")) {
        return Err(InvalidManifest::Ambiguous);
    }
    let own = value.get("mediaType").and_then(Value::as_str).filter(|own| !own.is_empty());
    let told = media_type::essence(content_type);
    let is_known = |kind: &str| media_type::is_image(kind) || media_type::is_index(kind);
    let kind = match own {
        Some(own) => own.to_owned(),
        None if is_known(&told) => told,
        None if media_type::is_schema_1(&told) => return Err(InvalidManifest::SchemaOne),
        None if has("manifests") => media_type::OCI_INDEX.into(),
        None if has("config") => media_type::OCI_IMAGE.into(),
        None => told,
    };
    if !is_known(&kind) {
        return Err(InvalidManifest::UnknownMediaType(kind));
    }
    if media_type::is_index(&kind) != has("manifests") {
        return Err(InvalidManifest::Ambiguous);
    }
    Ok(kind)
}

impl Index {
    /// Returns the first manifest that is for `platform`. An image that says nothing is for linux/amd64, as old tools
    /// meant it. Attestations say `unknown` and are for none.
    pub fn select(&self, platform: &Platform) -> Option<&Descriptor> {
        let unsaid = Platform { os: "linux".into(), architecture: "amd64".into(), variant: None };
        self.manifests.iter().find(|entry| match &entry.platform {
            Some(offered) => platform.accepts(offered),
            None => media_type::is_image(&entry.media_type) && platform.accepts(&unsaid),
        })
    }

    /// Returns the platforms of the manifests, for a message.
    pub fn platforms(&self) -> String {
        let named = self.manifests.iter().filter_map(|entry| entry.platform.as_ref());
        named.map(Platform::to_string).collect::<Vec<_>>().join(", ")
    }
}

impl Descriptor {
    /// Returns a descriptor that says no more than what is needed.
    pub fn new(media_type: impl Into<String>, digest: Digest, size: u64) -> Self {
        Self {
            media_type: media_type.into(),
            digest,
            size,
            platform: None,
            annotations: BTreeMap::new(),
            artifact_type: None,
        }
    }
}

impl TryFrom<OciDescriptor> for Descriptor {
    type Error = InvalidManifest;

    fn try_from(wire: OciDescriptor) -> Result<Self, InvalidManifest> {
        Ok(Self {
            media_type: wire.media_type,
            digest: wire.digest.parse()?,
            size: size(wire.size)?,
            platform: None,
            annotations: wire.annotations.unwrap_or_default(),
            artifact_type: wire.artifact_type,
        })
    }
}

impl TryFrom<ImageIndexEntry> for Descriptor {
    type Error = InvalidManifest;

    fn try_from(wire: ImageIndexEntry) -> Result<Self, InvalidManifest> {
        Ok(Self {
            media_type: wire.media_type,
            digest: wire.digest.parse()?,
            size: size(wire.size)?,
            platform: wire.platform.as_ref().map(Platform::from),
            annotations: wire.annotations.unwrap_or_default(),
            artifact_type: wire.artifact_type,
        })
    }
}

impl TryFrom<OciImageManifest> for Image {
    type Error = InvalidManifest;

    fn try_from(wire: OciImageManifest) -> Result<Self, InvalidManifest> {
        Ok(Self {
            config: wire.config.try_into()?,
            layers: wire.layers.into_iter().map(Descriptor::try_from).collect::<Result<_, _>>()?,
            annotations: wire.annotations.unwrap_or_default(),
            subject: wire.subject.map(Descriptor::try_from).transpose()?,
            artifact_type: wire.artifact_type,
        })
    }
}

impl TryFrom<OciImageIndex> for Index {
    type Error = InvalidManifest;

    fn try_from(wire: OciImageIndex) -> Result<Self, InvalidManifest> {
        Ok(Self {
            manifests: wire.manifests.into_iter().map(Descriptor::try_from).collect::<Result<_, _>>()?,
            annotations: wire.annotations.unwrap_or_default(),
        })
    }
}

fn size(size: i64) -> Result<u64, InvalidManifest> {
    u64::try_from(size).map_err(|_| InvalidManifest::Size(size))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn parse(value: &Value, content_type: &str) -> Result<Manifest, InvalidManifest> {
        let raw = Bytes::from(value.to_string());
        let digest = Digest::sha256(&raw);
        Manifest::parse(raw, digest, content_type)
    }

    fn descriptor(media_type: &str) -> Value {
        json!({"mediaType": media_type, "digest": format!("sha256:{}", "a".repeat(64)), "size": 2})
    }

    #[test]
    fn the_kind_is_what_the_manifest_says_of_itself() {
        let image = json!({"schemaVersion": 2, "config": descriptor(media_type::OCI_CONFIG), "layers": []});
        let typed = json!({"schemaVersion": 2, "mediaType": media_type::DOCKER_IMAGE,
            "config": descriptor(media_type::DOCKER_CONFIG), "layers": []});
        let chart = json!({"schemaVersion": 2,
            "config": descriptor("application/vnd.cncf.helm.config.v1+json"), "layers": []});
        let index = json!({"schemaVersion": 2, "manifests": [descriptor(media_type::OCI_IMAGE)]});
        let cases = [
            (&image, "application/json", "image", media_type::OCI_IMAGE),
            (&image, media_type::DOCKER_IMAGE, "image", media_type::DOCKER_IMAGE),
            (&typed, "text/plain; charset=utf-8", "image", media_type::DOCKER_IMAGE),
            (&chart, media_type::OCI_IMAGE, "artifact", media_type::OCI_IMAGE),
            (&index, "", "index", media_type::OCI_INDEX),
        ];
        for (value, content_type, kind, media_type) in cases {
            let manifest = parse(value, content_type).unwrap();
            let found = match manifest.content {
                Content::Image(_) => "image",
                Content::Index(_) => "index",
                Content::Artifact(_) => "artifact",
            };
            assert_eq!((found, manifest.media_type.as_str()), (kind, media_type), "{value} {content_type}");
        }
    }

    #[test]
    fn what_is_no_manifest_is_refused_by_name() {
        let config = descriptor(media_type::OCI_CONFIG);
        let cases = [
            (json!({"schemaVersion": 1, "fsLayers": []}), "schema 1"),
            (json!({"schemaVersion": 2, "manifests": [], "config": config}), "both"),
            (
                json!({"schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "config": config, "layers": []}),
                "both",
            ),
            (json!({"schemaVersion": 2, "mediaType": "text/x", "config": config}), "text/x"),
            (
                json!({"schemaVersion": 2, "config": {"mediaType": "x", "digest": "md5:1", "size": 1}, "layers": []}),
                "usable digest",
            ),
            (
                json!({"schemaVersion": 2, "config": {"mediaType": "x", "digest": format!("sha256:{}", "a".repeat(64)), "size": -1}, "layers": []}),
                "-1 bytes",
            ),
            (json!([1]), "media type"),
        ];
        for (value, reason) in cases {
            let message = parse(&value, "").unwrap_err().to_string();
            assert!(message.contains(reason), "{value}: {message}");
        }
    }

    #[test]
    fn an_index_gives_the_first_manifest_of_a_platform() {
        let entry = |digit: &str, platform: Value| {
            json!({"mediaType": media_type::OCI_IMAGE, "digest": format!("sha256:{}", digit.repeat(64)),
                "size": 1, "platform": platform})
        };
        let index = json!({"schemaVersion": 2, "manifests": [
            entry("1", json!({"os": "unknown", "architecture": "unknown"})),
            entry("2", json!({"os": "linux", "architecture": "arm64", "variant": "v8"})),
            entry("3", json!({"os": "linux", "architecture": "amd64"})),
            entry("4", json!({"os": "linux", "architecture": "amd64"})),
        ]});
        let Content::Index(index) = parse(&index, "").unwrap().content else { panic!("an index") };
        let select = |architecture| {
            let platform = Platform::named(Some("linux"), Some(architecture));
            index.select(&platform).map(|entry| entry.digest.hex()[..1].to_owned())
        };
        assert_eq!(select("amd64").as_deref(), Some("3"));
        assert_eq!(select("arm64").as_deref(), Some("2"));
        assert_eq!(select("s390x"), None);
        assert_eq!(index.platforms(), "unknown/unknown, linux/arm64/v8, linux/amd64, linux/amd64");
    }
}
