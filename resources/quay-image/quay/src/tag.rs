//! What a tag stood for, for a time.

use oci_registry::{Digest, Tag};
use serde::Deserialize;

/// A row of a repository's tags: what a tag stood for, for a time.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Deserialize)]
pub struct TagRow {
    /// The tag.
    pub name: Tag,
    /// What it stood for.
    #[serde(rename = "manifest_digest")]
    pub digest: Digest,
    /// Since when, in seconds since 1970.
    #[serde(rename = "start_ts", default)]
    pub start: i64,
    /// Until when, in seconds since 1970: in the past for rows that ended, else when it expires.
    #[serde(rename = "end_ts", default)]
    pub end: Option<i64>,
    /// Whether it is an index.
    #[serde(default)]
    pub is_manifest_list: bool,
    /// The compressed size of the layers in bytes; none for indexes.
    #[serde(default)]
    pub size: Option<u64>,
    /// Whether it was restored to something earlier.
    #[serde(default)]
    pub reversion: bool,
    /// Whether it may move; absent where the server does not have the feature.
    #[serde(default)]
    pub immutable: Option<bool>,
}

impl TagRow {
    /// Tells whether the row counts at `now`, in seconds since 1970.
    pub fn is_live(&self, now: i64) -> bool {
        self.end.is_none_or(|end| end > now)
    }

    /// Tells whether it is how cosign keeps what belongs to an image: `sha256-….sig`, `.att` or `.sbom`.
    pub fn is_attachment(&self) -> bool {
        let suffixes = [".sig", ".att", ".sbom"];
        self.name.as_str().starts_with("sha256-")
            && suffixes.iter().any(|suffix| self.name.as_str().ends_with(suffix))
    }
}
