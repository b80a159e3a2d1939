//! The commands, one file each.

mod check;
mod completions;
mod diff;
mod get;
mod graph;
mod image;
mod intercept;
mod lint;
mod logs;
mod manual;
mod put;
mod render;
mod run;
mod runs;
mod schema;
mod single_step;
mod task;
mod webhook_url;

pub(crate) use lint::Format as LintFormat;
pub(crate) use render::filled;
pub(crate) use single_step::decoded as decoded_step;

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
    Run(Box<run::RunArgs>),
    Task(Box<task::TaskArgs>),
    Check(Box<check::CheckArgs>),
    Get(Box<get::GetArgs>),
    Put(Box<put::PutArgs>),
    Image(image::ImageArgs),
    Runs(runs::RunsArgs),
    Logs(logs::LogsArgs),
    Intercept(intercept::InterceptArgs),
    WebhookUrl(Box<webhook_url::WebhookUrlArgs>),
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
            Self::Run(arguments) => arguments.run(output),
            Self::Task(arguments) => arguments.run(output),
            Self::Check(arguments) => arguments.run(output),
            Self::Get(arguments) => arguments.run(output),
            Self::Put(arguments) => arguments.run(output),
            Self::Image(arguments) => arguments.run(output),
            Self::Runs(arguments) => arguments.run(output),
            Self::Logs(arguments) => arguments.run(output),
            Self::Intercept(arguments) => arguments.run(output),
            Self::WebhookUrl(arguments) => arguments.run(output),
            Self::Completions(arguments) => arguments.run(output),
            Self::Manual(arguments) => arguments.run(output),
        }
    }
}
