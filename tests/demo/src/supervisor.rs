//! Watches over the process that plays: however that ends, nothing of it is left.
//!
//! Servers die with the player. What it started otherwise, as `quayside run`, comes to the supervisor, which has it end and
//! kills what does not. Mounts are made in namespaces that end with their processes. Folders are swept at the end.

use std::collections::BTreeSet;
use std::io;
use std::process::{ExitCode, ExitStatus};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, WaitOptions};
use tokio::process::{Child, Command};
use tokio::signal::unix::{SignalKind, signal};

/// The first word of the player's command line.
pub(crate) const PLAY: &str = "--play";
/// A run that is told to end gives its steps ten seconds, as a worker does.
const GRACE: Duration = Duration::from_secs(15);
const POLL: Duration = Duration::from_millis(20);

/// Has another process of this program play, and returns its exit status once nothing of it is left.
pub(crate) fn supervise(words: &[String]) -> ExitCode {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build();
    let ended = runtime.and_then(|runtime| runtime.block_on(attend(words)));
    clean_up();
    match ended {
        Ok(code) => ExitCode::from(code),
        Err(_cannot_be_started) => ExitCode::FAILURE,
    }
}

/// Waits for the player. Signals that mean the demo end it.
async fn attend(words: &[String]) -> io::Result<u8> {
    rustix::process::set_child_subreaper(Some(rustix::process::getpid()))?;
    let mut interrupted = signal(SignalKind::interrupt())?;
    let mut terminated = signal(SignalKind::terminate())?;
    let mut hung_up = signal(SignalKind::hangup())?;
    let mut player = player(words)?;
    let told = tokio::select! {
        status = player.wait() => return status.map(code),
        _ = interrupted.recv() => SignalKind::interrupt(),
        _ = terminated.recv() => SignalKind::terminate(),
        _ = hung_up.recv() => SignalKind::hangup(),
    };
    // From a terminal it has had the signal as well, and may be gone.
    player.start_kill()?;
    player.wait().await?;
    Ok(128 + u8::try_from(told.as_raw_value()).unwrap_or(0))
}

fn player(words: &[String]) -> io::Result<Child> {
    let mut command = Command::new(std::env::current_exe()?);
    command.arg(PLAY).args(words);
    let supervisor = rustix::process::getpid();
    let die_with_supervisor = move || {
        rustix::process::set_parent_process_death_signal(Some(Signal::KILL))?;
        let is_there = rustix::process::getppid() == Some(supervisor);
        if is_there { Ok(()) } else { Err(io::ErrorKind::NotFound.into()) }
    };
    // SAFETY: between fork and exec only async-signal-safe calls are allowed; these are two plain system calls.
    unsafe { command.pre_exec(die_with_supervisor) };
    command.spawn()
}

/// Exit statuses as a shell has them.
fn code(status: ExitStatus) -> u8 {
    use std::os::unix::process::ExitStatusExt;
    let code = status.code().or_else(|| status.signal().map(|signal| 128 + signal)).unwrap_or(1);
    u8::try_from(code).unwrap_or(1)
}

/// Ends what the player started, all of which is ours now, and removes its folders.
fn clean_up() {
    let started = Instant::now();
    let mut told = BTreeSet::new();
    while has_children() {
        // Those of a child that dies become ours.
        for child in stack::children_of(std::process::id()) {
            // A second SIGTERM would have `quayside` leave its steps no time.
            let signal = match (started.elapsed() > GRACE, told.insert(child)) {
                (true, _) => Signal::KILL,
                (false, true) => Signal::TERM,
                (false, false) => continue,
            };
            // It may have ended by itself.
            let _ = pid(child).map(|child| rustix::process::kill_process(child, signal));
        }
        std::thread::sleep(POLL);
    }
    // Making a folder sweeps those of processes that are gone.
    drop(stack::Folder::new("sweep"));
}

/// Takes note of children that have ended, and returns whether there are others.
fn has_children() -> bool {
    loop {
        match rustix::process::wait(WaitOptions::NOHANG) {
            Ok(Some(_)) | Err(rustix::io::Errno::INTR) => {}
            Ok(None) => return true,
            Err(_there_are_none) => return false,
        }
    }
}

fn pid(id: u32) -> Option<Pid> {
    Pid::from_raw(i32::try_from(id).ok()?)
}
