//! Follows every tag that has a match.

use std::collections::HashMap;

use futures_util::{StreamExt, TryStreamExt, stream};
use kit::Result;
use oci_registry::{Client, Content, Digest, Manifest, Platform, Reference, Tag};
use quay_api::TagRow;

use super::listed::{Listed, Lister};
use super::resolve::AT_ONCE;
use crate::source::{Pattern, Source};
use crate::version::Version;

/// When an image was made, in text that sorts by time; empty where nothing says it, which sorts first.
type Created = String;

/// Returns every tag with a match: in the registry's order, or by the date of the image. If the previous version is
/// still one of them, what comes before it is left out.
pub(super) async fn check(
    lister: &Lister<'_>,
    source: &Source,
    pattern: &Pattern,
    since: Option<Version>,
) -> Result<Vec<Version>> {
    let client = lister.client();
    let by_date = source.created_at_sort.get();
    let is_cursor = |row: &TagRow| {
        since
            .as_ref()
            .is_some_and(|since| since.tag.as_ref() == Some(&row.name) && since.digest == row.digest)
    };
    let listed = lister.tags(pattern.literal(), |row| !by_date && is_cursor(row)).await?;
    let matching: Vec<&Tag> = listed.tags().iter().filter(|tag| pattern.matches(tag.as_str())).collect();
    if by_date {
        let found = versions(client, &listed, &matching).await?;
        let dates = dates(client, &found, &source.platform(None)).await?;
        return Ok(sorted(found, &dates, since.as_ref()));
    }
    if let Some(since) = since
        && let Some(place) = matching.iter().position(|tag| Some(*tag) == since.tag.as_ref())
    {
        let found = versions(client, &listed, &matching[place..]).await?;
        if found.first() == Some(&since) {
            return Ok(found);
        }
    }
    versions(client, &listed, &matching).await
}

async fn versions(client: &Client, listed: &Listed, tags: &[&Tag]) -> Result<Vec<Version>> {
    let digests = listed.digests(client, tags).await?;
    Ok(digests.into_iter().map(|(place, digest)| Version::new(tags[place].clone(), digest)).collect())
}

/// Sorts by date, oldest first, and leaves out what is older than the previous version. Images of one date, which
/// reproducible builds make, stay in the registry's order, and none of them is left out.
fn sorted(
    mut found: Vec<Version>,
    dates: &HashMap<Digest, Created>,
    since: Option<&Version>,
) -> Vec<Version> {
    let date = |version: &Version| dates.get(&version.digest).map_or("", String::as_str);
    found.sort_by(|one, other| date(one).cmp(date(other)));
    if let Some(since) = since.filter(|since| found.contains(since)) {
        let oldest = date(since);
        found.retain(|version| date(version) >= oldest);
    }
    found
}

/// Returns the date of each image, asked for once per digest.
async fn dates(
    client: &Client,
    versions: &[Version],
    platform: &Platform,
) -> Result<HashMap<Digest, Created>> {
    let mut digests: Vec<&Digest> = versions.iter().map(|version| &version.digest).collect();
    digests.sort_unstable();
    digests.dedup();
    let asked = stream::iter(digests)
        .map(async |digest| created(client, digest, platform).await.map(|date| (digest.clone(), date)));
    asked.buffer_unordered(AT_ONCE).try_collect().await
}

/// Returns when an image was made. Of an index without an image for the platform, its first image says it: the tag is
/// a version all the same. What is no image says nothing.
async fn created(client: &Client, digest: &Digest, platform: &Platform) -> Result<Created> {
    let named = Reference::Digest(digest.clone());
    let Some(manifest) = client.manifest(&named).await? else { return Ok(Created::new()) };
    let image = match &manifest.content {
        Content::Image(_) => Some(manifest),
        Content::Artifact(_) => None,
        Content::Index(index) => match index.select(platform).or(index.manifests.first()) {
            Some(entry) => client.image(&Reference::Digest(entry.digest.clone()), platform).await?,
            None => None,
        },
    };
    match image {
        Some(image @ Manifest { content: Content::Image(_), .. }) => {
            let config = client.config(&image).await?;
            Ok(config.file.created.map(|created| created.to_rfc3339()).unwrap_or_default())
        }
        _ => Ok(Created::new()),
    }
}
