//! get: one revision, read from Helm's own record, as files.

mod archive;
mod files;

use kit::{Context, Destination, Error, Fetched, Metadata, Result, Step, report};

use crate::cluster::{self, Connection, Given};
use crate::drift;
use crate::metadata;
use crate::params::GetParams;
use crate::release::Record;
use crate::source::Source;
use crate::version::Version;
use crate::wait;
use files::Writer;

/// Writes the files of exactly `version`.
///
/// # Errors
/// When exactly this revision can't be read.
pub async fn get(
    step: &Step<Source>,
    version: Version,
    params: GetParams,
    into: &Destination,
) -> Result<Fetched<Version>> {
    if !version.names_a_revision() {
        report::info(format!("{version}: a put that left no revision, so there is nothing to fetch"));
        return Ok(Fetched { version, metadata: Metadata::new() });
    }
    if params.skip_download.get() {
        return Ok(Fetched { version, metadata: Metadata::new() });
    }
    let connection = cluster::required(&step.source, &Given::default()).await?;
    let namespace = version.namespace.clone().unwrap_or_else(|| connection.namespace.clone());
    let record = read(&connection, &namespace, &version).await?;
    report::info(format!(
        "{version} in `{namespace}`: {}-{}, {}",
        record.chart.metadata.name,
        record.chart.metadata.version,
        record.info.status()
    ));
    let writer = Writer::new(into, &step.source, &params, &record)?;
    writer.write_record()?;
    writer.write_difference(previous(&connection, &record).await.as_ref())?;
    if !params.skip_status.get() {
        let survey = wait::survey(&connection.client, &record.namespace, writer.objects()).await;
        writer.write_status(&survey)?;
    }
    if params.drift.get() {
        let drift = drift::detect(&connection.client, &record, &step.source.drift_ignore).await?;
        writer.write_drift(&drift)?;
    }
    Ok(Fetched { version, metadata: metadata::of(&record, writer.mask()) })
}

async fn read(connection: &Connection, namespace: &str, version: &Version) -> Result<Record> {
    let found = connection.storage.read(namespace, &version.release, version.revision()?).await;
    let found = found.context(|| format!("cannot fetch {version}"))?;
    found.ok_or_else(|| {
        Error::new(format!("{version} is not in namespace `{namespace}`"))
            .hint("it was uninstalled, or cut off by `helm_history_max`; a check finds what is there now")
    })
}

/// Returns the revision before, if its record is still there and whole.
async fn previous(connection: &Connection, record: &Record) -> Option<Record> {
    let before = record.revision.checked_sub(1).filter(|revision| *revision > 0)?;
    let read = connection.storage.read(&record.namespace, &record.name, before).await;
    read.unwrap_or_else(|problem| {
        report::warn(format!("no `diff.patch`: {problem}"));
        None
    })
}
