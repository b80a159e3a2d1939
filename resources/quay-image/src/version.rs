//! A version of an image: what Concourse keeps and compares.

use oci_registry::{Digest, Reference, Tag};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A tag and the digest it had. The keys are a frozen format, the one of the registry-image resource.
///
/// A version with a digest alone is accepted, since task images name just that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// The tag that had the digest.
    #[serde(default, skip_serializing_if = "Option::is_none")]
    #[schemars(with = "String")]
    pub tag: Option<Tag>,
    /// The digest of the manifest: of the index where the image is for several platforms.
    #[schemars(with = "String")]
    pub digest: Digest,
}

impl Version {
    /// Returns the version of a tag.
    pub fn new(tag: Tag, digest: Digest) -> Self {
        Self { tag: Some(tag), digest }
    }

    /// Returns what to fetch: always the digest, for a tag may have moved.
    pub fn reference(&self) -> Reference {
        Reference::Digest(self.digest.clone())
    }

    /// Returns the tag, or an empty text where the version has none.
    pub fn tag_text(&self) -> &str {
        self.tag.as_ref().map_or("", Tag::as_str)
    }
}
