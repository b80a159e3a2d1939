//! check: revisions by their labels alone. No bodies are fetched, no process is started.

mod select;

use kit::{Context, Error, Result, Step, report};

use crate::cluster::{self, Connection, Given};
use crate::drift;
use crate::release::{Entry, Status, Storage};
use crate::source::{Missing, Source};
use crate::version::Version;
use select::{Selection, select};

/// Lists the versions from `since` on, oldest first.
///
/// # Errors
/// When the releases can't be listed. A namespace or a release that is not there is no error, unless the source says so.
pub async fn check(step: &Step<Source>, since: Option<Version>) -> Result<Vec<Version>> {
    let source = &step.source;
    // The build's variables are not those of this check, so a name made of them means no release here.
    let made_by_put = source.release().is_some_and(|name| name.contains('$'));
    let connection = if made_by_put { None } else { cluster::connect(source, &Given::default()).await? };
    let Some(connection) = connection else {
        report::debug("no cluster, or a release whose name a put makes: only a put brings versions");
        return Ok(since.into_iter().collect());
    };
    let entries = list(source, &connection.storage, &connection.namespace).await?;
    if entries.is_empty() && source.missing == Missing::Error {
        return Err(Error::new("there is no such release").hint("`missing: none` makes that no error"));
    }
    let drift = current_drift(source, &connection, &entries, since.as_ref()).await?;
    let selection = Selection { only: source.only, with_namespace: source.watches_namespaces(), drift };
    Ok(select(&entries, since, &selection))
}

/// Lists what the source watches: one release, a selection, or everything in its namespaces.
async fn list(source: &Source, storage: &Storage, namespace: &str) -> Result<Vec<Entry>> {
    let own = [namespace.to_owned()];
    let namespaces = if source.namespaces.is_empty() { &own[..] } else { &source.namespaces[..] };
    let mut entries = Vec::new();
    for namespace in namespaces {
        let place = (namespace != "*").then_some(namespace.as_str());
        let selector = source.selector.as_deref().unwrap_or_default();
        match (source.release(), place) {
            (Some(release), Some(place)) => entries.extend(storage.history(place, release).await?),
            (Some(release), None) => {
                let found = storage.list(None, selector).await?;
                entries.extend(found.into_iter().filter(|entry| entry.release == release));
            }
            (None, place) => entries.extend(storage.list(place, selector).await?),
        }
    }
    Ok(entries)
}

/// Compares the live objects with the newest revision, where the source asks for it.
async fn current_drift(
    source: &Source,
    connection: &Connection,
    entries: &[Entry],
    since: Option<&Version>,
) -> Result<Option<String>> {
    if !source.watch_drift.get() {
        return Ok(None);
    }
    let Some(release) = source.release() else {
        return Err(Error::new(
            "`watch_drift` needs a `release`: of many, each would have a drift of its own",
        ));
    };
    let newest = entries.iter().max_by_key(|entry| entry.revision);
    let Some(newest) = newest.filter(|entry| entry.status == Status::Deployed) else {
        // While somebody is changing the release, nobody can say what is drift.
        return Ok(since.and_then(|version| version.drift.clone()).or(Some(drift::NONE.into())));
    };
    let record = connection.storage.read(&newest.namespace, release, newest.revision).await?;
    let Some(record) = record else { return Ok(Some(drift::NONE.into())) };
    let found = drift::detect(&connection.client, &record, &source.drift_ignore).await;
    let found = found.context(|| format!("cannot compare release `{release}` with the live objects"))?;
    Ok(Some(found.digest()))
}
