//! Lets a tag stand again for what it stood for earlier.

use kit::{Context, Error, Result, Text, report};
use oci_registry::{Digest, Tag};
use quay_api::{Client, TagRow, date};
use schemars::JsonSchema;
use serde::Deserialize;

use super::facts::history;
use crate::version::Version;

/// Which tag to restore, and to what.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Restore {
    /// The tag.
    pub tag: Text,
    /// The digest that it had. By default the one before the present one.
    #[serde(default)]
    #[schemars(with = "String")]
    pub digest: Option<Digest>,
}

/// Restores a tag from its history, and returns what it is now. Done again, it changes nothing.
///
/// # Errors
/// When the tag never had the digest, there is none before, or Quay refuses.
pub(super) async fn restore(quay: &Client, params: &Restore) -> Result<Version> {
    let tag: &Tag = &params.tag.as_str().parse().context(|| "`params.restore.tag` can't be used".into())?;
    let rows = history(quay, tag).await?;
    let current = rows.iter().find(|row| row.is_live(quay_api::now()));
    let target = target(&rows, current, params.digest.as_ref()).ok_or_else(|| {
        let known = rows.iter().map(|row| format!("{} (since {})", row.digest, date(row.start)));
        let known = known.collect::<Vec<_>>().join(", ");
        Error::new(format!("the tag {tag} has nothing to be restored to"))
            .hint(format!("its history: {}", if known.is_empty() { "none" } else { &known }))
    })?;
    let version = Version::new(tag.clone(), target.digest.clone());
    if current.is_some_and(|row| row.digest == target.digest) {
        report::info(format_args!("tag {tag}: has {} already", target.digest));
        return Ok(version);
    }
    let before = current.map_or_else(|| "nothing".into(), |row| row.digest.to_string());
    report::info(format_args!("tag {tag}: from {before} back to {}", target.digest));
    quay.restore_tag(tag, &target.digest).await?;
    Ok(version)
}

/// Returns the row to go back to. Rows come newest first. A tag that was restored already stays: the one before would
/// be what it was restored from, and Concourse may run a put twice.
fn target<'a>(
    rows: &'a [TagRow],
    current: Option<&'a TagRow>,
    wanted: Option<&Digest>,
) -> Option<&'a TagRow> {
    match (wanted, current) {
        (Some(digest), _) => rows.iter().find(|row| row.digest == *digest),
        (None, Some(current)) if current.reversion => Some(current),
        (None, Some(current)) => rows.iter().find(|row| row.digest != current.digest),
        (None, None) => rows.first(),
    }
}
