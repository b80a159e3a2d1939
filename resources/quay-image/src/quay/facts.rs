//! What a get asks Quay: whether the scan passes, and a tag's history, expiry and labels.

use std::collections::BTreeMap;

use kit::{Destination, Error, Metadata, Result, report};
use oci_registry::{Client as Registry, Platform, Tag};
use quay_api::{Client, Credentials, TagQuery, TagRow, date, now};
use serde_json::{Value, json};

use super::gate::Gate;
use super::scan::ScanParams;
use crate::source::Source;
use crate::version::Version;

/// What a get asks Quay before it fetches anything.
#[derive(Clone, Copy, Debug)]
pub struct Facts<'a> {
    /// The source.
    pub source: &'a Source,
    /// The registry.
    pub registry: &'a Registry,
    /// The image.
    pub version: &'a Version,
    /// The get's own `scan`.
    pub scan: Option<&'a ScanParams>,
    /// The platform that is wanted.
    pub platform: &'a Platform,
}

impl Facts<'_> {
    /// Judges the scan, writes what Quay tells, and returns the labels that it keeps of the image; `None` where it is
    /// not asked for them.
    ///
    /// # Errors
    /// When the image does not pass, Quay does not answer, or a file can't be written.
    pub async fn write(
        &self,
        metadata: &mut Metadata,
        into: &Destination,
    ) -> Result<Option<BTreeMap<String, String>>> {
        let repository = self.registry.repository();
        if let Some((params, place)) = self.source.scan_of(self.scan) {
            let quay = self.source.required_quay(repository, &format!("`{place}`")).await?;
            let gate = Gate { quay: &quay, registry: self.registry, params, place, platform: self.platform };
            let checked = gate.look(&self.version.digest).await?;
            checked.write(&self.source.repository, into)?;
            checked.add_metadata(metadata);
            checked.enforce()?;
        }
        match self.source.quay_client(repository).await? {
            // Quay tells robots nothing but scans.
            Some(quay) if !matches!(quay.credentials(), Credentials::Basic { .. }) => {
                self.write_history(&quay, metadata, into).await
            }
            _ => Ok(None),
        }
    }

    /// Writes `history.json` and `expiry`. Where Quay does not tell them it says so, and nothing is written: the image is
    /// what a get is for.
    async fn write_history(
        &self,
        quay: &Client,
        metadata: &mut Metadata,
        into: &Destination,
    ) -> Result<Option<BTreeMap<String, String>>> {
        let told = async {
            let labels = quay.labels(&self.version.digest).await?;
            let rows = match &self.version.tag {
                Some(tag) => Some(history(quay, tag).await?),
                None => None,
            };
            Ok::<_, Error>((labels, rows))
        };
        let (labels, rows) = match told.await {
            Ok(told) => told,
            Err(problem) => {
                let advice = problem.advice().map(|advice| format!(" ({advice})")).unwrap_or_default();
                report::warn(format_args!("no history, labels and expiry: {problem}{advice}"));
                return Ok(None);
            }
        };
        if let Some(rows) = rows {
            let shown: Vec<Value> = rows.iter().map(shown).collect();
            into.write("history.json", serde_json::to_vec_pretty(&shown)?)?;
            let live = rows.iter().find(|row| row.is_live(now()) && row.digest == self.version.digest);
            let expiry = live.and_then(|row| row.end).map(date).unwrap_or_default();
            into.write("expiry", &expiry)?;
            if !expiry.is_empty() {
                metadata.push("expiry", &expiry);
            }
        }
        Ok(Some(labels.into_iter().map(|label| (label.key, label.value)).collect()))
    }
}

/// Returns all that a tag stood for, newest first.
pub(super) async fn history(quay: &Client, tag: &Tag) -> Result<Vec<TagRow>> {
    let query = TagQuery { tag: Some(tag.clone()), with_history: true, ..TagQuery::default() };
    Ok(quay.tags(&query).await?)
}

fn shown(row: &TagRow) -> Value {
    json!({
        "tag": row.name, "digest": row.digest, "start": date(row.start), "end": row.end.map(date),
        "reversion": row.reversion, "immutable": row.immutable.unwrap_or_default(),
    })
}
