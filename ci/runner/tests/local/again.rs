//! Tests that run once more in a process of their own, which is not as this one: another user, another file system.

use std::process::{Command, Stdio};

/// Tells the second process that it is one.
const SECOND: &str = "QUAYSIDE_TEST_SECOND";

/// Returns whether this is the second process.
pub(crate) fn is_second() -> bool {
    std::env::var_os(SECOND).is_some()
}

/// Returns the command that runs a test again, by its whole name.
pub(crate) fn command(test: &str) -> Command {
    let mut command = Command::new(std::env::current_exe().unwrap());
    command.args(["--exact", test, "--nocapture", "--test-threads=1"]).env(SECOND, "1").stdin(Stdio::null());
    command
}

/// Runs it to its end, which must be a good one.
pub(crate) fn succeeds(mut command: Command) {
    let output = command.output().unwrap();
    let said =
        format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr));
    assert!(output.status.success() && said.contains("1 passed"), "{said}");
}
