//! A version of an image: what Concourse keeps and compares.

use oci_registry::{Digest, Reference, Tag};
use schemars::JsonSchema;
use serde::{Deserialize, Deserializer, Serialize};

/// A tag and the digest it had. The keys are a frozen format, the one of the registry-image resource.
///
/// A version with a digest alone is accepted, since task images name just that.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Version {
    /// The tag that had the digest.
    #[serde(default, deserialize_with = "tag_if_given", skip_serializing_if = "Option::is_none")]
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

/// An empty tag is none.
fn tag_if_given<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<Tag>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?.filter(|text| !text.is_empty());
    text.map(|text| text.parse().map_err(serde::de::Error::custom)).transpose()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_version_needs_no_tag_and_keeps_the_one_it_has() {
        let digest = format!("sha256:{}", "a".repeat(64));
        let cases = [
            (format!(r#"{{"tag":"1.2","digest":"{digest}"}}"#), "1.2"),
            (format!(r#"{{"digest":"{digest}"}}"#), ""),
        ];
        for (text, tag) in cases {
            let version: Version = serde_json::from_str(&text).unwrap();
            assert_eq!(version.tag_text(), tag);
            assert_eq!(serde_json::to_string(&version).unwrap(), text);
        }
        let empty: Version = serde_json::from_str(&format!(r#"{{"tag":"","digest":"{digest}"}}"#)).unwrap();
        assert_eq!(empty.tag, None);
        assert!(serde_json::from_str::<Version>(r#"{"tag":"1.2","digest":""}"#).is_err());
    }
}
