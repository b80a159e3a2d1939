//! `quayside put`.

use std::collections::{BTreeMap, HashMap};
use std::process::ExitCode;

use clap::Args;
use pipeline::yaml::{Entry, Map, Node, Value};

use super::single_step::{SingleStep, text, yaml_argument};
use crate::execution::{Loaded, MachineFlags, PipelineFlags};
use crate::failure::Failure;
use crate::output::Output;

/// Makes a version of a resource, from here.
///
/// This changes the world outside, as the step in a build would.
#[derive(Args)]
#[command(after_help = "Examples:
  quayside put image -c ci/pipeline.yml -i image=out --params 'image: image/image.tar'")]
pub(crate) struct PutArgs {
    /// The resource.
    resource: String,
    /// A folder that the resource sees as an artifact of this name.
    #[arg(short, long = "input", value_name = "NAME=FOLDER")]
    input: Vec<String>,
    /// Params, as YAML.
    #[arg(long, value_name = "YAML")]
    params: Option<String>,
    /// Fetches the version afterwards, as a build does.
    #[arg(long)]
    get: bool,
    /// Tells what happens as JSON, a line each.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pipeline: PipelineFlags,
    #[command(flatten)]
    machine: MachineFlags,
}

impl PutArgs {
    pub(super) fn run(self, output: &mut Output) -> Result<ExitCode, Failure> {
        let loaded = Loaded::read(&self.pipeline, output)?;
        let resource = loaded.resource(&self.resource)?;
        // All that was given is for it: detection would leave out what params do not name.
        let mut step: Map = [text("put", &resource.name), text("inputs", "all")].into_iter().collect();
        if let Some(params) = &self.params {
            step.insert(Entry::new("params", yaml_argument(params, "--params")?));
        }
        let no_get = Node::new(Value::Bool(!self.get), pipeline::Span::default());
        step.insert(Entry::new("no_get", no_get));
        let single = SingleStep {
            title: format!("put of {}", self.resource),
            loaded: &loaded,
            credentials: self.pipeline.secrets.credentials(Some(&loaded))?,
            step: Node::new(Value::Map(step), pipeline::Span::default()),
            input_folders: &self.input,
            outputs: BTreeMap::new(),
        };
        single.run(&self.machine, self.json, None, |_| Ok(HashMap::new()), output)
    }
}
