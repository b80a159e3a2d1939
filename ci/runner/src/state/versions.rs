//! The versions that checks found.

use rusqlite::{OptionalExtension, Transaction, params};
use sha2::{Digest, Sha256};

use super::{State, failed};
use crate::outcome::Problem;
use crate::version::Version;

/// A resource as it was checked.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct CheckedResource<'run> {
    /// The pipeline.
    pub pipeline: &'run str,
    /// The resource's name.
    pub resource: &'run str,
    /// A text that is equal for equal types and sources. There are secrets in it: only a digest of it is kept.
    pub settings: &'run str,
}

impl CheckedResource<'_> {
    fn digest(&self) -> String {
        digest(self.settings)
    }
}

/// Returns what is kept of settings.
pub(super) fn digest(settings: &str) -> String {
    Sha256::digest(settings.as_bytes()).iter().map(|byte| format!("{byte:02x}")).collect()
}

impl State {
    /// Returns the versions of a resource, oldest first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn versions(&self, of: &CheckedResource<'_>) -> Result<Vec<Version>, Problem> {
        let query = "SELECT version FROM versions WHERE pipeline = ?1 AND resource = ?2 AND settings = ?3 ORDER BY place";
        let mut statement = self.connection.prepare_cached(query).map_err(failed)?;
        let rows = statement.query_map(params![of.pipeline, of.resource, of.digest()], |row| row.get(0));
        let texts = rows.map_err(failed)?.collect::<Result<Vec<String>, _>>().map_err(failed)?;
        Ok(texts.iter().filter_map(|text| serde_json::from_str(text).ok()).collect())
    }

    /// Keeps what a check found, oldest first. Once one of them is new, all of them are newer than those known before,
    /// in this order; a check that finds nothing new changes nothing. So Concourse does it.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn keep_versions(&mut self, of: &CheckedResource<'_>, found: &[Version]) -> Result<(), Problem> {
        let change = self.connection.transaction().map_err(failed)?;
        let mut is_new = false;
        for version in found {
            is_new |= !is_known(&change, of, version)?;
        }
        if is_new {
            let mut place = newest_place(&change, of)?;
            for version in found {
                place += 1;
                keep(&change, of, version, place)?;
            }
        }
        change.commit().map_err(failed)
    }
}

fn is_known(change: &Transaction<'_>, of: &CheckedResource<'_>, version: &Version) -> Result<bool, Problem> {
    let query =
        "SELECT 1 FROM versions WHERE pipeline = ?1 AND resource = ?2 AND settings = ?3 AND version = ?4";
    let row = change
        .query_row(query, params![of.pipeline, of.resource, of.digest(), version.to_json()], |_| Ok(()))
        .optional();
    Ok(row.map_err(failed)?.is_some())
}

fn newest_place(change: &Transaction<'_>, of: &CheckedResource<'_>) -> Result<i64, Problem> {
    let query = "SELECT coalesce(max(place), 0) FROM versions WHERE pipeline = ?1 AND resource = ?2 AND settings = ?3";
    change.query_row(query, params![of.pipeline, of.resource, of.digest()], |row| row.get(0)).map_err(failed)
}

fn keep(
    change: &Transaction<'_>,
    of: &CheckedResource<'_>,
    version: &Version,
    place: i64,
) -> Result<(), Problem> {
    let command = "INSERT OR REPLACE INTO versions (pipeline, resource, settings, version, place) VALUES (?1, ?2, ?3, ?4, ?5)";
    let values = params![of.pipeline, of.resource, of.digest(), version.to_json(), place];
    change.execute(command, values).map_err(failed)?;
    Ok(())
}
