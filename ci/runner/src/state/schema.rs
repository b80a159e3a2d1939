//! The tables, and how older files become like them.

use std::path::Path;

use rusqlite::{Connection, Transaction, TransactionBehavior, params};

use super::failed;
use super::versions::digest;
use crate::outcome::Problem;

/// Turns a file of one version into one of the next.
type Step = fn(&Transaction<'_>) -> rusqlite::Result<()>;

const STEPS: &[Step] = &[|change| change.execute_batch(TABLES), settings_become_digests];

pub(super) const TABLES: &str = "
CREATE TABLE versions (
    pipeline TEXT NOT NULL,
    resource TEXT NOT NULL,
    -- A digest of what the resource was when it was checked; versions of another source are others.
    settings TEXT NOT NULL,
    version TEXT NOT NULL,
    -- Later ones are newer.
    place INTEGER NOT NULL,
    PRIMARY KEY (pipeline, resource, settings, version)
) WITHOUT ROWID;

CREATE TABLE runs (
    id INTEGER PRIMARY KEY AUTOINCREMENT,
    pipeline TEXT NOT NULL,
    -- Null for what is no job: a task, a single step.
    job TEXT,
    -- What was run, for people.
    title TEXT NOT NULL,
    -- The number among the runs of the job.
    number INTEGER,
    -- Null until it has ended.
    status TEXT,
    -- Milliseconds since 1970.
    started INTEGER NOT NULL,
    ended INTEGER
);
CREATE INDEX runs_of_jobs ON runs (pipeline, job, id);

CREATE TABLE inputs (
    run INTEGER NOT NULL REFERENCES runs (id),
    step TEXT NOT NULL,
    resource TEXT NOT NULL,
    version TEXT NOT NULL
);
CREATE INDEX inputs_of_runs ON inputs (run);

CREATE TABLE outputs (
    run INTEGER NOT NULL REFERENCES runs (id),
    resource TEXT NOT NULL,
    version TEXT NOT NULL
);
CREATE INDEX outputs_of_runs ON outputs (run);

CREATE TABLE artifacts (
    run INTEGER NOT NULL REFERENCES runs (id),
    name TEXT NOT NULL,
    folder TEXT NOT NULL
);
CREATE INDEX artifacts_of_runs ON artifacts (run);
";

/// The first version kept the settings of resources as they were, secrets included.
fn settings_become_digests(change: &Transaction<'_>) -> rusqlite::Result<()> {
    let known: Vec<String> = change
        .prepare("SELECT DISTINCT settings FROM versions")?
        .query_map([], |row| row.get(0))?
        .collect::<Result<_, _>>()?;
    for settings in known {
        let command = "UPDATE versions SET settings = ?2 WHERE settings = ?1";
        change.execute(command, params![settings, digest(&settings)])?;
    }
    Ok(())
}

/// Makes the tables, or brings them up to date.
pub(super) fn prepare(connection: &mut Connection, file: &Path) -> Result<(), Problem> {
    connection.pragma_update(None, "journal_mode", "wal").map_err(failed)?;
    // A power cut may cost the last run's record, never the file.
    connection.pragma_update(None, "synchronous", "normal").map_err(failed)?;
    // What is removed or replaced is gone from the file too.
    connection.pragma_update(None, "secure_delete", "on").map_err(failed)?;
    let change = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    let version: usize = change.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(failed)?;
    if version > STEPS.len() {
        return Err(Problem::new(format!("a newer quayside made `{}`", file.display()))
            .hint("use that one, or another folder with `--state`"));
    }
    for step in &STEPS[version..] {
        step(&change).map_err(failed)?;
    }
    change.pragma_update(None, "user_version", STEPS.len()).map_err(failed)?;
    change.commit().map_err(failed)?;
    if version > 0 && version < STEPS.len() {
        // Pages and journal hold what was there before. Where others use the file that goes later.
        let _busy = connection.execute_batch("VACUUM");
        let _busy = connection.query_row("PRAGMA wal_checkpoint(TRUNCATE)", [], |_| Ok(()));
    }
    Ok(())
}
