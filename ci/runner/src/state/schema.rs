//! The tables, and how older files become like them.

use std::path::Path;

use rusqlite::{Connection, TransactionBehavior};

use super::failed;
use crate::outcome::Problem;

/// Each step turns a file of one version into one of the next.
const STEPS: &[&str] = &["
CREATE TABLE versions (
    pipeline TEXT NOT NULL,
    resource TEXT NOT NULL,
    -- What the resource was when it was checked; versions of another source are others.
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
"];

/// Makes the tables, or brings them up to date.
pub(super) fn prepare(connection: &mut Connection, file: &Path) -> Result<(), Problem> {
    connection.pragma_update(None, "journal_mode", "wal").map_err(failed)?;
    // A power cut may cost the last run's record, never the file.
    connection.pragma_update(None, "synchronous", "normal").map_err(failed)?;
    let change = connection.transaction_with_behavior(TransactionBehavior::Immediate).map_err(failed)?;
    let version: usize = change.pragma_query_value(None, "user_version", |row| row.get(0)).map_err(failed)?;
    if version > STEPS.len() {
        return Err(Problem::new(format!("a newer quayside made `{}`", file.display()))
            .hint("use that one, or another folder with `--state`"));
    }
    for step in &STEPS[version..] {
        change.execute_batch(step).map_err(failed)?;
    }
    change.pragma_update(None, "user_version", STEPS.len()).map_err(failed)?;
    change.commit().map_err(failed)
}
