//! Starting a keeper.

use std::io;
use std::os::fd::{AsRawFd, OwnedFd};
use std::os::unix::net::UnixStream;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::Command;

use super::COMMAND;
use super::protocol::{SOCKET, Work};
use crate::outcome::{Problem, problem_of};

/// Returns the command of a keeper, which holds its end of the socket until it is dropped, and our end.
///
/// A keeper is in a session of its own, so that what is typed to us does not end it, unless somebody types to its
/// process.
pub(super) fn keeper(program: &Path, is_typed_to: bool) -> io::Result<(Command, UnixStream)> {
    let (ours, theirs) = UnixStream::pair()?;
    let mut command = Command::new(program);
    command.arg(COMMAND).env_clear();
    hand_over(&mut command, theirs.into(), is_typed_to);
    Ok((command, ours))
}

/// Returns the line that tells a keeper its work.
pub(super) fn line(work: &Work) -> Result<String, Problem> {
    let line = serde_json::to_string(work).map_err(|error| problem_of("a process to start", error))?;
    Ok(format!("{line}\n"))
}

fn hand_over(command: &mut Command, socket: OwnedFd, is_typed_to: bool) {
    // SAFETY: system calls alone, which are safe between fork and exec.
    unsafe {
        command.pre_exec(move || {
            if !is_typed_to {
                rustix::process::setsid()?;
            }
            let number = socket.as_raw_fd();
            let done = if number == SOCKET {
                libc::fcntl(number, libc::F_SETFD, 0)
            } else {
                libc::dup2(number, SOCKET)
            };
            if done < 0 { Err(io::Error::last_os_error()) } else { Ok(()) }
        });
    }
}
