//! The command line as a whole.

use std::process::ExitCode;

use clap::builder::styling::{AnsiColor, Effects, Styles};
use clap::{CommandFactory, Parser};

use crate::commands::Command;
use crate::output::Output;

const STYLES: Styles = Styles::styled()
    .header(AnsiColor::Green.on_default().effects(Effects::BOLD))
    .usage(AnsiColor::Green.on_default().effects(Effects::BOLD))
    .literal(AnsiColor::Cyan.on_default().effects(Effects::BOLD))
    .placeholder(AnsiColor::Cyan.on_default());

/// Checks, draws and runs Concourse pipelines at the desk.
#[derive(Parser)]
#[command(name = "quayside", version, styles = STYLES, max_term_width = 100)]
pub(crate) struct Cli {
    #[command(subcommand)]
    command: Command,
}

/// Returns the command line's description, for completions and man pages.
pub(crate) fn description() -> clap::Command {
    Cli::command()
}

/// Reads the command line and does what it says.
pub(crate) fn run() -> ExitCode {
    let cli = Cli::parse();
    let mut output = Output::new();
    match cli.command.run(&mut output) {
        Ok(code) => code,
        Err(failure) => failure.report(&mut output),
    }
}
