//! `quayside`: checks, draws and runs Concourse pipelines at the desk.

mod cli;
mod commands;
mod failure;
mod inputs;
mod lint_output;
mod output;
mod task_files;

use std::process::ExitCode;

fn main() -> ExitCode {
    cli::run()
}
