//! What a put gives back of the revision that it made.

use kit::{Error, Pushed, Result};

use super::work::Work;
use crate::manifest::{Mask, objects};
use crate::metadata;
use crate::release::{Entry, Record};
use crate::version::Version;

/// Returns version and metadata of a revision whose record is at hand.
pub(super) fn of(work: &Work<'_>, record: &Record) -> Pushed<Version> {
    let version = Version {
        release: record.name.clone(),
        revision: Some(record.revision.to_string()),
        status: Some(record.info.status().when_newest().to_string()),
        namespace: work.step.source.watches_namespaces().then(|| record.namespace.clone()),
        drift: work.step.source.watch_drift.get().then(|| crate::drift::NONE.to_owned()),
        ..Version::default()
    };
    Pushed { version, metadata: metadata::of(record, &mask(work, record)) }
}

/// Returns what is not shown of a record, and learns it for all that is printed from now on.
pub(super) fn mask(work: &Work<'_>, record: &Record) -> Mask {
    let mut mask = Mask::new(work.step.source.mask.iter().map(String::as_str));
    mask.learn_objects(&objects(&record.manifest).unwrap_or_default());
    for hook in &record.hooks {
        mask.learn_objects(&objects(&hook.manifest).unwrap_or_default());
    }
    mask.learn_values(&serde_json::Value::Object(record.config.clone()));
    mask
}

/// Reads the newest revision after a change that itself told none.
pub(super) async fn newest(work: &Work<'_>) -> Result<(Entry, Record)> {
    let gone = || Error::new(format!("release `{}` is gone: somebody else uninstalled it", work.release));
    let entry = work.history().await?.pop().ok_or_else(gone)?;
    let record = work.record(entry.revision).await?.ok_or_else(gone)?;
    Ok((entry, record))
}
