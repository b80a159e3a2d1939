//! `quayside`: checks, draws and runs Concourse pipelines at the desk.

mod cli;
mod commands;
mod execution;
mod failure;
mod inputs;
mod lint_output;
mod output;
mod task_files;

use std::process::ExitCode;

fn main() -> ExitCode {
    // First of all: what keeps the processes of steps must be alone, without a runtime and its threads.
    if std::env::args_os().nth(1).is_some_and(|word| word == runner::keeper::COMMAND) {
        return runner::keeper::keep();
    }
    cli::run()
}
