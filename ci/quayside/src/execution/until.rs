//! Running until the end, or until somebody stops it.

use std::process::ExitCode;
use std::time::Duration;

use runner::cancellation::Cancellation;
use runner::outcome::Status;
use tokio::signal::unix::{Signal, SignalKind, signal};
use tokio::time::{MissedTickBehavior, interval};

use super::Record;
use crate::failure::Failure;

/// How often a terminal is drawn anew.
const FRAME: Duration = Duration::from_millis(100);

/// Runs a future on this thread.
pub(crate) fn on_this_thread<T>(work: impl Future<Output = Result<T, Failure>>) -> Result<T, Failure> {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build()?;
    let result = runtime.block_on(work);
    // What still blocks, such as a name that is looked up, must not hold the command back.
    runtime.shutdown_background();
    result
}

/// Waits for the work of a run, and draws it meanwhile. The first Ctrl-C stops the run cleanly, the second at once.
pub(crate) async fn until_ended<T>(
    record: &Record,
    until: &Cancellation,
    work: impl Future<Output = T>,
) -> Result<T, Failure> {
    let mut signals = Signals::catch()?;
    let mut frames = interval(FRAME);
    frames.set_missed_tick_behavior(MissedTickBehavior::Skip);
    let mut work = std::pin::pin!(work);
    loop {
        tokio::select! {
            biased;
            result = &mut work => return Ok(result),
            () = signals.next() => {
                if until.reason().is_some() {
                    // Keepers of processes end what they keep when we are gone.
                    std::process::exit(i32::from(status_code(Status::Aborted)));
                }
                until.cancel();
            }
            _ = frames.tick() => record.draw(),
        }
    }
}

/// What people and systems stop programs with.
struct Signals {
    interrupt: Signal,
    terminate: Signal,
    hangup: Signal,
}

impl Signals {
    fn catch() -> std::io::Result<Self> {
        Ok(Self {
            interrupt: signal(SignalKind::interrupt())?,
            terminate: signal(SignalKind::terminate())?,
            hangup: signal(SignalKind::hangup())?,
        })
    }

    async fn next(&mut self) {
        tokio::select! {
            _ = self.interrupt.recv() => {}
            _ = self.terminate.recv() => {}
            _ = self.hangup.recv() => {}
        }
    }
}

/// Returns the exit status that `fly` has for a build's end.
pub(crate) fn exit_code(status: Status) -> ExitCode {
    ExitCode::from(status_code(status))
}

fn status_code(status: Status) -> u8 {
    match status {
        Status::Succeeded => 0,
        Status::Failed => 1,
        Status::Errored => 2,
        Status::Aborted => 3,
    }
}
