//! The commands, one file each.

mod completions;
mod diff;
mod graph;
mod lint;
mod manual;
mod render;
mod schema;

pub(crate) use lint::Format as LintFormat;

use std::process::ExitCode;

use clap::Subcommand;

use crate::failure::Failure;
use crate::output::Output;

/// What quayside can do.
#[derive(Subcommand)]
pub(crate) enum Command {
    Lint(lint::LintArgs),
    Graph(graph::GraphArgs),
    Render(render::RenderArgs),
    Diff(diff::DiffArgs),
    Schema(schema::SchemaArgs),
    Completions(completions::CompletionsArgs),
    #[command(hide = true)]
    Manual(manual::ManualArgs),
}

impl Command {
    /// Does it.
    pub(crate) fn run(self, output: &mut Output) -> Result<ExitCode, Failure> {
        match self {
            Self::Lint(arguments) => arguments.run(output),
            Self::Graph(arguments) => arguments.run(output),
            Self::Render(arguments) => arguments.run(output),
            Self::Diff(arguments) => arguments.run(output),
            Self::Schema(arguments) => arguments.run(output),
            Self::Completions(arguments) => arguments.run(output),
            Self::Manual(arguments) => arguments.run(output),
        }
    }
}
