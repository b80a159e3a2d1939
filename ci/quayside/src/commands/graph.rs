//! `quayside graph`.

use std::fs;
use std::io::Write;
use std::path::{Path, PathBuf};
use std::process::{Command, ExitCode, Stdio};

use clap::{Args, ValueEnum};
use graph::{Graph, to_dot, to_mermaid, to_svg, to_text};
use pipeline::check::check;

use crate::failure::Failure;
use crate::inputs::{VariableFlags, read_source};
use crate::output::Output;

/// Draws a pipeline: jobs, resources, and the ways of versions between them.
///
/// Laid out as on Concourse's own page. Solid lines go on by themselves, dashed ones wait.
#[derive(Args)]
#[command(after_help = "Examples:
  quayside graph ci/pipeline.yml
  quayside graph --format svg -o pipeline.svg ci/pipeline.yml
  quayside graph --open ci/pipeline.yml
  quayside graph --format mermaid --group deploy ci/pipeline.yml")]
pub(crate) struct GraphArgs {
    /// The pipeline; `-` is standard input.
    file: PathBuf,
    /// What to draw.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    /// Draws the jobs of one group only.
    #[arg(long, value_name = "GROUP")]
    group: Option<String>,
    /// Writes into a file.
    #[arg(short, long, value_name = "FILE")]
    output: Option<PathBuf>,
    /// Draws an SVG and opens it in the browser.
    #[arg(long, conflicts_with = "format")]
    open: bool,
    #[command(flatten)]
    variables: VariableFlags,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Svg,
    Mermaid,
    Dot,
}

impl GraphArgs {
    pub(super) fn run(self, output: &mut Output) -> Result<ExitCode, Failure> {
        let graph = self.graph()?;
        let title = self.file.display().to_string();
        let format = if self.open { Format::Svg } else { self.format };
        let drawn = match format {
            Format::Text => to_text(&graph),
            Format::Svg => to_svg(&graph, &title),
            Format::Mermaid => to_mermaid(&graph),
            Format::Dot => to_dot(&graph),
        };
        if self.open {
            let path = match &self.output {
                Some(path) => {
                    write(path, &drawn)?;
                    path.clone()
                }
                None => write_temporary(&drawn)?,
            };
            open(&path)?;
            output.complain(&format!("opened {}", path.display()));
        } else if let Some(path) = &self.output {
            write(path, &drawn)?;
        } else {
            output.text(&drawn)?;
        }
        Ok(ExitCode::SUCCESS)
    }

    fn graph(&self) -> Result<Graph, Failure> {
        let source = read_source(&self.file)?;
        let variables = self.variables.read()?.chain().map_err(Failure::new)?;
        let checked = check(source.text(), &variables).map_err(|error| {
            let position = source.position(error.span().start());
            let place = format!("{}:{}:{}", source.name(), position.line, position.column);
            Failure::new(format!("{place}: {error}")).with_hint("`quayside lint` shows the line")
        })?;
        let pipeline = &checked.decoded.value;
        if let Some(group) = &self.group
            && !pipeline.groups.iter().any(|known| *known.name == *group)
        {
            let known: Vec<&str> = pipeline.groups.iter().map(|group| group.name.as_str()).collect();
            let hint = if known.is_empty() {
                "the pipeline has no groups".into()
            } else {
                format!("there are {}", known.join(", "))
            };
            return Err(Failure::new(format!("there is no group `{group}`")).with_hint(hint));
        }
        Ok(Graph::new(pipeline, self.group.as_deref()))
    }
}

fn write(path: &Path, text: &str) -> Result<(), Failure> {
    fs::write(path, text).map_err(|error| Failure::new(format!("cannot write `{}`: {error}", path.display())))
}

/// Writes into a new file that stays: one of a fixed name could be somebody else's in a folder that all share.
fn write_temporary(text: &str) -> Result<PathBuf, Failure> {
    let made = tempfile::Builder::new().prefix("quayside-pipeline-").suffix(".svg").tempfile();
    let written = made.and_then(|mut file| {
        file.write_all(text.as_bytes())?;
        Ok(file.keep()?.1)
    });
    written.map_err(|error| {
        Failure::new(format!("cannot make a file for the picture: {error}")).with_hint("name one with `-o`")
    })
}

fn open(path: &Path) -> Result<(), Failure> {
    let program = if cfg!(target_os = "macos") { "open" } else { "xdg-open" };
    let started = Command::new(program).arg(path).stdout(Stdio::null()).stderr(Stdio::null()).status();
    match started {
        Ok(status) if status.success() => Ok(()),
        _ => {
            let hint = format!("open {} yourself", path.display());
            Err(Failure::new(format!("`{program}` could not open the picture")).with_hint(hint))
        }
    }
}
