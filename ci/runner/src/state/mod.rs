//! What this machine remembers of earlier runs: the versions that checks found, and what each run used and made.
//!
//! One SQLite file, which several runs may use at the same time.

mod runs;
mod schema;
#[cfg(test)]
mod tests;
mod versions;

use std::fs::{File, Permissions};
use std::io;
use std::os::unix::fs::{OpenOptionsExt, PermissionsExt};
use std::path::Path;
use std::time::Duration;

use rusqlite::{Connection, ErrorCode};

use crate::outcome::{Problem, problem_of};

pub use runs::{NewRun, Run};
pub use versions::CheckedResource;

/// How long to wait for another run that writes at the same moment.
const PATIENCE: Duration = Duration::from_secs(10);

/// The memory of this machine.
pub struct State {
    connection: Connection,
}

impl State {
    /// Opens the file, and makes it where it is missing.
    ///
    /// # Errors
    /// It cannot be opened, or a newer quayside made it.
    pub fn open(file: &Path) -> Result<Self, Problem> {
        let about = format!("cannot open `{}`", file.display());
        make_private(file).map_err(|error| problem_of(&about, error))?;
        let failed = |error| problem_of(&about, error);
        let mut connection = Connection::open(file).map_err(failed)?;
        connection.busy_timeout(PATIENCE).map_err(failed)?;
        schema::prepare(&mut connection, file)?;
        Ok(Self { connection })
    }
}

/// Makes the file where it is missing, and takes it away from others: SQLite gives its journal the same rights.
fn make_private(file: &Path) -> io::Result<()> {
    let opened = File::options().create(true).append(true).mode(0o600).open(file)?;
    if opened.metadata()?.permissions().mode() & 0o077 != 0 {
        opened.set_permissions(Permissions::from_mode(0o600))?;
    }
    Ok(())
}

fn failed(error: rusqlite::Error) -> Problem {
    let code = error.sqlite_error_code();
    let problem = problem_of("the record of runs", error);
    match code {
        Some(ErrorCode::NotADatabase | ErrorCode::DatabaseCorrupt) => problem.hint(
            "it is broken: move `state.sqlite` and what goes with it out of the state folder. It is made anew, without \
             the versions and runs of before",
        ),
        Some(ErrorCode::ReadOnly | ErrorCode::CannotOpen) => {
            problem.hint("the state folder must be writable; name another with `--state FOLDER` or QUAYSIDE_HOME")
        }
        Some(ErrorCode::DiskFull) => problem.hint("the disk is full; remove something, or name another state folder"),
        _ => problem,
    }
}
