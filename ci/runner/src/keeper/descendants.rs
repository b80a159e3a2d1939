//! Killing all that a process started.

use std::fs;

use rustix::process::{Pid, Signal, WaitOptions, kill_process, wait};

/// Has orphans of our descendants come to us, so that we can find them.
pub(super) fn adopt_orphans() -> std::io::Result<()> {
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    Ok(())
}

/// Kills our children until there are none. The children of each that dies become ours.
pub(super) fn kill_all() {
    loop {
        for child in children() {
            // It may have ended by itself.
            let _gone = kill_process(child, Signal::KILL);
        }
        match wait(WaitOptions::empty()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(_) => return,
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
