//! `quayside manual`: man pages.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;

use crate::cli;
use crate::failure::Failure;
use crate::output::Output;

/// Writes the man pages into a folder.
#[derive(Args)]
pub(crate) struct ManualArgs {
    /// The folder, which must exist.
    folder: PathBuf,
}

impl ManualArgs {
    pub(super) fn run(self, output: &mut Output) -> Result<ExitCode, Failure> {
        let folder = self.folder.display();
        clap_mangen::generate_to(cli::description(), &self.folder)
            .map_err(|error| Failure::new(format!("cannot write into `{folder}`: {error}")))?;
        output.complain(&format!("man pages are in {folder}"));
        Ok(ExitCode::SUCCESS)
    }
}
