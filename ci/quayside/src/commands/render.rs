//! `quayside render`.

use std::path::{Path, PathBuf};
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use pipeline::vars::{FlyVariables, Missing, Places, interpolate, missing_uses};
use pipeline::yaml::{self, Node};
use pipeline::{Source, Span};

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
    /// Fails when a variable has no value, instead of leaving it for run time. Variables of the build (`((.:x))`) and
    /// of `var_sources` are left all the same.
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
        let source = read_source(&self.file)?;
        let variables = self.variables.read()?;
        if self.all_variables {
            refuse_missing(&source, &variables)?;
        }
        let Some(mut root) = filled_text(&source, &variables, Missing::Keep)? else {
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

/// How many places of missing variables are told.
const MOST_PLACES: usize = 50;

/// Refuses a pipeline with variables that should have values here and do not. Those of the build and of
/// `var_sources` get theirs when a build runs.
fn refuse_missing(source: &Source, variables: &FlyVariables) -> Result<(), Failure> {
    let chain = variables.chain().map_err(Failure::new)?;
    // What is not YAML is told where the pipeline is filled in.
    let root = yaml::read(source.text()).ok().and_then(|document| document.root);
    let mut missing = root.map_or_else(Vec::new, |root| missing_uses(&root, source, &chain));
    // What stands at an anchor is used once for each alias.
    missing.sort_by_key(|used| used.span);
    missing.dedup_by_key(|used| used.span);
    if missing.is_empty() {
        return Ok(());
    }
    let many = if missing.len() == 1 { "a variable has" } else { "variables have" };
    let mut message = format!("{many} no value");
    for used in missing.iter().take(MOST_PLACES) {
        message.push_str(&format!("\n  {}: (({}))", at(source, used.span), used.name));
    }
    if missing.len() > MOST_PLACES {
        message.push_str(&format!("\n  and at {} more places", missing.len() - MOST_PLACES));
    }
    Err(Failure::new(message)
        .with_hint("give values with `-v`, `-y` or `-l`; `quayside lint --all-variables` tells near names"))
}

fn at(source: &Source, span: Span) -> String {
    let position = source.position(span.start());
    format!("{}:{}:{}", source.name(), position.line, position.column)
}

/// Reads a file and fills its variables in.
pub(crate) fn filled(
    file: &Path,
    variables: &FlyVariables,
    missing: Missing,
) -> Result<Option<Node>, Failure> {
    filled_text(&read_source(file)?, variables, missing)
}

fn filled_text(source: &Source, variables: &FlyVariables, missing: Missing) -> Result<Option<Node>, Failure> {
    let document = yaml::read(source.text())
        .map_err(|error| Failure::new(format!("{}: yaml: {error}", at(source, error.span))))?;
    if let Some(duplicate) = document.duplicates.first() {
        let message = duplicate.message(source.position(duplicate.first.start()).line);
        return Err(Failure::new(format!("{}: {message}", at(source, duplicate.span))));
    }
    let variables = variables.chain().map_err(Failure::new)?;
    let filled = document.root.map(|root| interpolate(root, &variables, missing)).transpose();
    filled.map_err(|error| {
        let place = Places::new(source).of(error.span, &error.name);
        Failure::new(format!("{}: {error}", at(source, place)))
            .with_hint("`quayside lint` with the same variables tells more")
    })
}
