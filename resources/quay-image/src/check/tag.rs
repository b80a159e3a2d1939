//! Follows one tag.

use kit::Result;
use oci_registry::Tag;

use super::listed::Lister;
use crate::version::Version;

/// Returns what the tag stands for now, after the previous version if that differs and still exists.
pub(super) async fn check(lister: &Lister<'_>, tag: &Tag, since: Option<Version>) -> Result<Vec<Version>> {
    let Some(current) = lister.tag(tag).await? else { return Ok(vec![]) };
    let mut versions = Vec::new();
    if let Some(since) = since.filter(|since| since.digest != current)
        && lister.client().head(&since.reference()).await?.is_some()
    {
        versions.push(Version::new(tag.clone(), since.digest));
    }
    versions.push(Version::new(tag.clone(), current));
    Ok(versions)
}
