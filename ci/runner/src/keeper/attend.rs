//! Running a process that somebody types to.

use std::io::{BufRead, BufReader, Write};
use std::path::Path;

use super::launch;
use super::protocol::{Report, Work};
use crate::outcome::{Problem, problem_of};

/// Runs a process whose input and output are ours to its end. Returns its exit status.
pub(crate) fn attend(program: &Path, work: &Work) -> Result<i32, Problem> {
    let failed = |error| problem_of("cannot start a process", error);
    let (mut command, mut socket) = launch::keeper(program, true).map_err(failed)?;
    let mut keeper = command.spawn().map_err(failed)?;
    // Our copy of its end must go, or there is no end of its report.
    drop(command);
    // What is typed is for the process, not for us.
    // SAFETY: ignoring a signal has no handler that could go wrong.
    let earlier = unsafe { libc::signal(libc::SIGINT, libc::SIG_IGN) };
    let report = converse(&mut socket, work);
    let _status = keeper.wait();
    // SAFETY: it is the handler that was there before.
    unsafe { libc::signal(libc::SIGINT, earlier) };
    match report? {
        Report::Exited(status) => Ok(status),
        Report::NotStarted(reason) => Err(Problem::new(reason)),
    }
}

fn converse(socket: &mut std::os::unix::net::UnixStream, work: &Work) -> Result<Report, Problem> {
    let failed = |error| problem_of("lost touch with a process", error);
    socket.write_all(launch::line(work)?.as_bytes()).map_err(failed)?;
    let mut report = String::new();
    BufReader::new(socket).read_line(&mut report).map_err(failed)?;
    serde_json::from_str(&report).map_err(|_| Problem::new("a process ended without a trace"))
}
