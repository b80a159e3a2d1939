//! Runs: when they were, how they ended, what they used and made.

use std::path::PathBuf;

use rusqlite::{Connection, OptionalExtension, Row, params};

use super::{State, failed};
use crate::engine::Made;
use crate::outcome::{Problem, Status};
use crate::scheduling::{PastRun, Used};
use crate::version::Version;
use crate::volume::Volume;

/// A run that begins.
#[derive(Clone, Debug)]
pub struct NewRun<'run> {
    /// The pipeline; empty when there is none.
    pub pipeline: &'run str,
    /// The job; none for a task or a single step.
    pub job: Option<&'run str>,
    /// What is run, for people: `task unit.yml`.
    pub title: &'run str,
    /// When, in milliseconds since 1970.
    pub started: i64,
}

/// A run, as the list of runs shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Run {
    /// Its number among all runs of this machine.
    pub id: i64,
    /// The pipeline; empty when there was none.
    pub pipeline: String,
    /// The job; none for a task or a single step.
    pub job: Option<String>,
    /// What was run, for people.
    pub title: String,
    /// Its number among the runs of its job.
    pub number: Option<i64>,
    /// How it ended; none until it has.
    pub status: Option<Status>,
    /// When it started, in milliseconds since 1970.
    pub started: i64,
    /// When it ended.
    pub ended: Option<i64>,
}

const COLUMNS: &str = "id, pipeline, job, title, number, status, started, ended";

impl State {
    /// Notes that a run begins. Returns it with its numbers.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn begin_run(&mut self, new: &NewRun<'_>) -> Result<Run, Problem> {
        let command = "INSERT INTO runs (pipeline, job, title, started, number) VALUES (?1, ?2, ?3, ?4, CASE WHEN ?2 IS NULL \
                       THEN NULL ELSE (SELECT coalesce(max(number), 0) + 1 FROM runs WHERE pipeline = ?1 AND job = ?2) END)";
        self.connection
            .execute(command, params![new.pipeline, new.job, new.title, new.started])
            .map_err(failed)?;
        let id = self.connection.last_insert_rowid();
        self.run(id)?.ok_or_else(|| Problem::new("the record of runs lost the run that just began"))
    }

    /// Forgets a run that did nothing yet, as if it had never begun.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn forget_run(&mut self, run: i64) -> Result<(), Problem> {
        self.connection.execute("DELETE FROM runs WHERE id = ?1", params![run]).map_err(failed)?;
        Ok(())
    }

    /// Notes what a run's gets fetch.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn note_inputs(&mut self, run: i64, inputs: &[Used]) -> Result<(), Problem> {
        let change = self.connection.transaction().map_err(failed)?;
        for used in inputs {
            let command = "INSERT INTO inputs (run, step, resource, version) VALUES (?1, ?2, ?3, ?4)";
            let values = params![run, used.input, used.resource, used.version.to_json()];
            change.execute(command, values).map_err(failed)?;
        }
        change.commit().map_err(failed)
    }

    /// Notes how a run ended and what its puts made.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn end_run(&mut self, run: i64, status: Status, made: &[Made], ended: i64) -> Result<(), Problem> {
        let change = self.connection.transaction().map_err(failed)?;
        let command = "UPDATE runs SET status = ?2, ended = ?3 WHERE id = ?1";
        change.execute(command, params![run, status.word(), ended]).map_err(failed)?;
        for output in made {
            let command = "INSERT INTO outputs (run, resource, version) VALUES (?1, ?2, ?3)";
            change
                .execute(command, params![run, output.resource, output.version.to_json()])
                .map_err(failed)?;
        }
        change.commit().map_err(failed)
    }

    /// Notes where a run's artifacts lie, so that one of its steps can run again.
    ///
    /// # Errors
    /// The file cannot be written.
    pub fn note_artifacts<'run>(
        &mut self,
        run: i64,
        artifacts: impl IntoIterator<Item = (&'run String, &'run Volume)>,
    ) -> Result<(), Problem> {
        let change = self.connection.transaction().map_err(failed)?;
        for (name, volume) in artifacts {
            let folder = volume.folder().to_string_lossy();
            let command = "INSERT INTO artifacts (run, name, folder) VALUES (?1, ?2, ?3)";
            change.execute(command, params![run, name, folder]).map_err(failed)?;
        }
        change.commit().map_err(failed)
    }

    /// Returns the artifacts of a run that are still there.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn artifacts(&self, run: i64) -> Result<Vec<(String, Volume)>, Problem> {
        let query = "SELECT name, folder FROM artifacts WHERE run = ?1";
        let rows: Vec<(String, String)> =
            rows(&self.connection, query, params![run], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let there = rows.into_iter().map(|(name, folder)| (name, PathBuf::from(folder)));
        Ok(there
            .filter(|(_, folder)| folder.is_dir())
            .map(|(name, folder)| (name, Volume::new(folder)))
            .collect())
    }

    /// Returns what a run's gets fetched.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn inputs(&self, run: i64) -> Result<Vec<Used>, Problem> {
        let query = "SELECT step, resource, version FROM inputs WHERE run = ?1";
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        let rows: Vec<(String, String, String)> = rows(&self.connection, query, params![run], read)?;
        let used = rows.into_iter().map(|(input, resource, version)| {
            let version: Version = serde_json::from_str(&version).unwrap_or_default();
            Used { input, resource, version }
        });
        Ok(used.collect())
    }

    /// Returns a run.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn run(&self, id: i64) -> Result<Option<Run>, Problem> {
        let query = format!("SELECT {COLUMNS} FROM runs WHERE id = ?1");
        self.connection.query_row(&query, params![id], read_run).optional().map_err(failed)
    }

    /// Returns the newest runs, the newest first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn newest_runs(&self, count: usize) -> Result<Vec<Run>, Problem> {
        let count = i64::try_from(count).unwrap_or(i64::MAX);
        let query = format!("SELECT {COLUMNS} FROM runs ORDER BY id DESC LIMIT ?1");
        rows(&self.connection, &query, params![count], read_run)
    }

    /// Returns the newest run of a job that has ended.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn last_run(&self, pipeline: &str, job: &str) -> Result<Option<Run>, Problem> {
        let query = format!(
            "SELECT {COLUMNS} FROM runs WHERE pipeline = ?1 AND job = ?2 AND status IS NOT NULL ORDER BY id DESC LIMIT 1"
        );
        self.connection.query_row(&query, params![pipeline, job], read_run).optional().map_err(failed)
    }

    /// Returns all runs of a pipeline's jobs with what they used and made, oldest first.
    ///
    /// # Errors
    /// The file cannot be read.
    pub fn past_runs(&self, pipeline: &str) -> Result<Vec<PastRun>, Problem> {
        let query = "SELECT id, job, status FROM runs WHERE pipeline = ?1 AND job IS NOT NULL ORDER BY id";
        let read = |row: &Row<'_>| Ok((row.get(0)?, row.get(1)?, row.get(2)?));
        let runs: Vec<(i64, String, Option<String>)> =
            rows(&self.connection, query, params![pipeline], read)?;
        let mut past = Vec::with_capacity(runs.len());
        for (id, job, status) in runs {
            let succeeded = status.as_deref() == Some(Status::Succeeded.word());
            past.push(PastRun { job, succeeded, used: self.inputs(id)?, made: self.outputs(id)? });
        }
        Ok(past)
    }

    fn outputs(&self, run: i64) -> Result<Vec<Made>, Problem> {
        let query = "SELECT resource, version FROM outputs WHERE run = ?1";
        let rows: Vec<(String, String)> =
            rows(&self.connection, query, params![run], |row| Ok((row.get(0)?, row.get(1)?)))?;
        let made = rows.into_iter().map(|(resource, version)| {
            let version: Version = serde_json::from_str(&version).unwrap_or_default();
            Made { resource, version }
        });
        Ok(made.collect())
    }
}

fn rows<T>(
    connection: &Connection,
    query: &str,
    values: impl rusqlite::Params,
    read: impl FnMut(&Row<'_>) -> rusqlite::Result<T>,
) -> Result<Vec<T>, Problem> {
    let mut statement = connection.prepare_cached(query).map_err(failed)?;
    let rows = statement.query_map(values, read).map_err(failed)?;
    rows.collect::<Result<_, _>>().map_err(failed)
}

fn read_run(row: &Row<'_>) -> rusqlite::Result<Run> {
    let status: Option<String> = row.get(5)?;
    Ok(Run {
        id: row.get(0)?,
        pipeline: row.get(1)?,
        job: row.get(2)?,
        title: row.get(3)?,
        number: row.get(4)?,
        status: status.as_deref().and_then(Status::from_word),
        started: row.get(6)?,
        ended: row.get(7)?,
    })
}
