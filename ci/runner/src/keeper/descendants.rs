//! Killing all that a process started.

use std::fs;

use rustix::io::Errno;
use rustix::process::{Pid, Signal, WaitOptions, kill_process, wait};

/// Has orphans of our descendants come to us, so that we can find them.
pub(super) fn adopt_orphans() -> std::io::Result<()> {
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    Ok(())
}

/// Kills our children until there are none. The children of each that dies become ours.
pub(super) fn kill_all() {
    while has_children() {
        for child in children() {
            // It may have ended by itself.
            let _gone = kill_process(child, Signal::KILL);
        }
        // Whether it was the last one is seen in the next turn, as after an interruption.
        let _ended = wait(WaitOptions::empty());
    }
}

/// Takes note of children that have ended. Returns whether there are others: most often not, and then nobody needs to
/// look through all processes for them.
fn has_children() -> bool {
    loop {
        match wait(WaitOptions::NOHANG) {
            Ok(Some(_)) | Err(Errno::INTR) => {}
            Ok(None) => return true,
            Err(_there_are_none) => return false,
        }
    }
}

fn children() -> Vec<Pid> {
    let us = rustix::process::getpid().as_raw_nonzero().get();
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let ids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    ids.filter(|id| parent_of(*id) == Some(us)).filter_map(Pid::from_raw).collect()
}

/// The second field after the name, which may hold anything, also parentheses.
fn parent_of(id: i32) -> Option<i32> {
    let stat = fs::read_to_string(format!("/proc/{id}/stat")).ok()?;
    stat.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}
