//! Finds the digests of many tags at once.

use futures_util::{StreamExt, TryStreamExt, stream};
use kit::Result;
use kit::report::{Progress, Unit};
use oci_registry::{Client, Digest, Reference, Tag};

/// How many requests are under way at once. More would make registries throttle us and would save little.
pub(super) const AT_ONCE: usize = 32;

/// Returns the digests of `tags`, in their order, each with its tag's place in it. A tag that vanished since it was
/// listed is left out.
pub(super) async fn digests(client: &Client, tags: &[&Tag]) -> Result<Vec<(usize, Digest)>> {
    let progress = Progress::new("asking for digests", Unit::Items("tags"), tags.len() as u64);
    let asked = stream::iter(tags.iter().enumerate()).map(async |(place, tag)| {
        let found = client.head(&Reference::Tag((*tag).clone())).await;
        progress.add(1);
        found.map(|found| found.map(|found| (place, found.digest)))
    });
    // Unordered, so that a slow answer does not hold the next requests back.
    let answers: Vec<Option<(usize, Digest)>> = asked.buffer_unordered(AT_ONCE).try_collect().await?;
    progress.finish();
    let mut found: Vec<(usize, Digest)> = answers.into_iter().flatten().collect();
    found.sort_unstable_by_key(|(place, _)| *place);
    Ok(found)
}
