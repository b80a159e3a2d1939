//! `quayside completions`.

use std::process::ExitCode;

use clap::Args;
use clap_complete::{Shell, generate};

use crate::cli;
use crate::failure::Failure;
use crate::output::Output;

/// Prints a shell's completion script.
///
/// For bash: `source <(quayside completions bash)`, or put the script where your shell looks for completions.
#[derive(Args)]
pub(crate) struct CompletionsArgs {
    /// The shell.
    shell: Shell,
}

impl CompletionsArgs {
    pub(super) fn run(self, output: &mut Output) -> Result<ExitCode, Failure> {
        let mut script = Vec::new();
        generate(self.shell, &mut cli::description(), "quayside", &mut script);
        output.text(&String::from_utf8_lossy(&script))?;
        Ok(ExitCode::SUCCESS)
    }
}
