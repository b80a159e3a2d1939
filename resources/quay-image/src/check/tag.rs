//! Follows one tag.

use kit::Result;
use oci_registry::{Client, Reference, Tag};

use crate::version::Version;

/// Returns what the tag stands for now, after the previous version if that differs and still exists.
pub(super) async fn check(client: &Client, tag: &Tag, since: Option<Version>) -> Result<Vec<Version>> {
    let Some(current) = client.head(&Reference::Tag(tag.clone())).await? else { return Ok(vec![]) };
    let mut versions = Vec::new();
    if let Some(since) = since.filter(|since| since.digest != current.digest)
        && client.head(&since.reference()).await?.is_some()
    {
        versions.push(Version::new(tag.clone(), since.digest));
    }
    versions.push(Version::new(tag.clone(), current.digest));
    Ok(versions)
}
