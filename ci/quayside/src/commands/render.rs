//! `quayside render`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use pipeline::vars::{FlyVariables, Missing, interpolate};
use pipeline::yaml::{self, Node};

use crate::failure::Failure;
use crate::inputs::{VariableFlags, read_source};
use crate::output::Output;

/// Shows a pipeline as Concourse stores it: variables filled in, anchors and merges resolved.
///
/// Two renderings that are equal are the same pipeline to Concourse. Comments are lost.
#[derive(Args)]
#[command(after_help = "Examples:
  quayside render -l vars.yml ci/pipeline.yml
  quayside render --as-written ci/pipeline.yml
  quayside render --format json ci/pipeline.yml")]
pub(crate) struct RenderArgs {
    /// The pipeline; `-` is standard input.
    file: PathBuf,
    /// Leaves keys in the order of the text instead of sorting them as Concourse does.
    #[arg(long)]
    as_written: bool,
    /// Fails when a variable has no value, instead of leaving it for run time.
    #[arg(long)]
    all_variables: bool,
    /// What to write.
    #[arg(long, value_enum, default_value_t = Format::Yaml)]
    format: Format,
    #[command(flatten)]
    variables: VariableFlags,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Yaml,
    Json,
}

impl RenderArgs {
    pub(super) fn run(self, output: &mut Output) -> Result<ExitCode, Failure> {
        let missing = if self.all_variables { Missing::Refuse } else { Missing::Keep };
        let Some(mut root) = filled(&self.file, &self.variables.read()?, missing)? else {
            return Ok(ExitCode::SUCCESS);
        };
        if !self.as_written {
            yaml::sort_keys(&mut root);
        }
        match self.format {
            Format::Yaml => output.text(&yaml::write(&root))?,
            Format::Json => output.line(&format!("{:#}", root.to_json()))?,
        }
        Ok(ExitCode::SUCCESS)
    }
}

/// Reads a file and fills its variables in.
pub(crate) fn filled(
    file: &std::path::Path,
    variables: &FlyVariables,
    missing: Missing,
) -> Result<Option<Node>, Failure> {
    let source = read_source(file)?;
    let at = |offset: usize| {
        let position = source.position(offset);
        format!("{}:{}:{}", source.name(), position.line, position.column)
    };
    let document = yaml::read(source.text())
        .map_err(|error| Failure::new(format!("{}: yaml: {error}", at(error.span.start()))))?;
    if let Some(duplicate) = document.duplicates.first() {
        let message = duplicate.message(source.position(duplicate.first.start()).line);
        return Err(Failure::new(format!("{}: {message}", at(duplicate.span.start()))));
    }
    let variables = variables.chain().map_err(Failure::new)?;
    let filled = document.root.map(|root| interpolate(root, &variables, missing)).transpose();
    filled.map_err(|error| Failure::new(format!("{}: {error}", at(error.span.start()))))
}
