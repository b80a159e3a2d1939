//! `quayside diff`.

use std::path::PathBuf;
use std::process::ExitCode;

use clap::{Args, ValueEnum};
use pipeline::diff::{Change, Difference, ValueChange, diff};
use pipeline::vars::Missing;
use pipeline::visible_line;
use pipeline::yaml::{self, Node};
use serde_json::{Value as Json, json};

use super::render::filled;
use crate::failure::{FOUND, Failure};
use crate::inputs::VariableFlags;
use crate::output::Output;

/// Shows which jobs and resources differ between two pipelines.
///
/// Compared is what Concourse makes of the texts: variables filled in, anchors resolved, whatever the order of
/// keys.
///
/// Exit status: 0 when they are the same, 1 when they differ, 2 when one could not be read.
#[derive(Args)]
#[command(after_help = "Examples:
  quayside diff old.yml new.yml
  git show main:ci/pipeline.yml | quayside diff - ci/pipeline.yml")]
pub(crate) struct DiffArgs {
    /// The pipeline before; `-` is standard input.
    old: PathBuf,
    /// The pipeline after.
    new: PathBuf,
    /// How to tell it.
    #[arg(long, value_enum, default_value_t = Format::Text)]
    format: Format,
    #[command(flatten)]
    variables: VariableFlags,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, ValueEnum)]
enum Format {
    Text,
    Json,
}

impl DiffArgs {
    pub(super) fn run(self, output: &mut Output) -> Result<ExitCode, Failure> {
        let variables = self.variables.read()?;
        let old = filled(&self.old, &variables, Missing::Keep)?;
        let new = filled(&self.new, &variables, Missing::Keep)?;
        let differences = diff(old.as_ref(), new.as_ref());
        match self.format {
            Format::Text => output.text(&told(&differences, output.has_colours()))?,
            Format::Json => output.line(&format!("{:#}", as_json(&differences)))?,
        }
        Ok(if differences.is_empty() { ExitCode::SUCCESS } else { ExitCode::from(FOUND) })
    }
}

fn told(differences: &[Difference], colours: bool) -> String {
    if differences.is_empty() {
        return "no changes\n".into();
    }
    let paint = |code: &str, text: String| if colours { format!("\x1b[{code}m{text}\x1b[0m") } else { text };
    let mut text = String::new();
    for difference in differences {
        let Difference { kind, name, change } = difference;
        let name = visible_line(name);
        let what = if name.is_empty() { (*kind).to_owned() } else { format!("{kind} {name}") };
        let (head, values): (String, &[ValueChange]) = match change {
            Change::Added => (paint("32", format!("+ {what}")), &[]),
            Change::Removed => (paint("31", format!("- {what}")), &[]),
            Change::Reordered => (paint("33", format!("~ {kind}s in another order")), &[]),
            Change::Renamed { from, values } => {
                (paint("33", format!("~ {what}, was {}", visible_line(from))), values)
            }
            Change::Changed(values) => (paint("33", format!("~ {what}")), values),
        };
        text.push_str(&head);
        text.push('\n');
        for value in values {
            let place = if value.path.is_empty() {
                String::new()
            } else {
                format!("{}: ", visible_line(&value.path))
            };
            if let Some(old) = &value.old {
                text.push_str(&paint("31", format!("    - {place}{}", shown(old))));
                text.push('\n');
            }
            if let Some(new) = &value.new {
                text.push_str(&paint("32", format!("    + {place}{}", shown(new))));
                text.push('\n');
            }
        }
    }
    text
}

/// Shows a value: on its line when short, else as YAML below.
fn shown(node: &Node) -> String {
    let compact = node.to_compact_json();
    if compact.len() <= 80 && !compact.contains("\\n") {
        return compact;
    }
    let block = yaml::write(node);
    block.lines().fold(String::new(), |text, line| format!("{text}\n        {line}"))
}

fn as_json(differences: &[Difference]) -> Json {
    let value = |value: &ValueChange| {
        json!({
            "path": value.path,
            "old": value.old.as_ref().map(Node::to_json),
            "new": value.new.as_ref().map(Node::to_json),
        })
    };
    let difference = |difference: &Difference| {
        let (change, from, values) = match &difference.change {
            Change::Added => ("added", None, Vec::new()),
            Change::Removed => ("removed", None, Vec::new()),
            Change::Reordered => ("reordered", None, Vec::new()),
            Change::Renamed { from, values } => ("renamed", Some(from), values.iter().map(value).collect()),
            Change::Changed(values) => ("changed", None, values.iter().map(value).collect()),
        };
        json!({ "kind": difference.kind, "name": difference.name, "change": change, "from": from, "values": values })
    };
    differences.iter().map(difference).collect()
}
