//! `quayside get`.

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::ExitCode;

use clap::Args;
use pipeline::yaml::{Entry, Map, Node, Value};
use runner::engine::Input;
use runner::outcome::Problem;
use runner::version::Version;

use super::single_step::{SingleStep, text, yaml_argument};
use crate::execution::{Loaded, MachineFlags, PipelineFlags};
use crate::failure::Failure;
use crate::output::Output;

/// Fetches a version of a resource, here.
///
/// Without --version a check tells the newest one.
#[derive(Args)]
#[command(after_help = "Examples:
  quayside get image into/ -c ci/pipeline.yml
  quayside get image into/ -c ci/pipeline.yml --version digest:sha256:0a1b… --params 'format: oci-layout'")]
pub(crate) struct GetArgs {
    /// The resource.
    resource: String,
    /// The folder that the files go into, which is made; without one they are only fetched.
    folder: Option<PathBuf>,
    /// The version.
    #[arg(long = "version", value_name = "FIELD:VALUE,…")]
    version: Option<String>,
    /// Params, as YAML.
    #[arg(long, value_name = "YAML")]
    params: Option<String>,
    /// Tells what happens as JSON, a line each.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pipeline: PipelineFlags,
    #[command(flatten)]
    machine: MachineFlags,
}

impl GetArgs {
    pub(super) fn run(self, output: &mut Output) -> Result<ExitCode, Failure> {
        let loaded = Loaded::read(&self.pipeline, output)?;
        let resource = loaded.resource(&self.resource)?;
        let version = self.version.as_deref().map(Version::parse).transpose().map_err(Failure::new)?;
        let mut step: Map = [text("get", &resource.name)].into_iter().collect();
        if let Some(params) = &self.params {
            step.insert(Entry::new("params", yaml_argument(params, "--params")?));
        }
        let single = SingleStep {
            title: format!("get of {}", self.resource),
            loaded: &loaded,
            credentials: self.pipeline.secrets.credentials(Some(&loaded))?,
            step: Node::new(Value::Map(step), pipeline::Span::default()),
            input_folders: &[],
            outputs: self.folder.iter().map(|folder| (self.resource.clone(), folder.clone())).collect(),
        };
        let inputs = |versions: Vec<Version>| {
            let newest = version.clone().or_else(|| versions.into_iter().last());
            let newest =
                newest.ok_or_else(|| Problem::new(format!("no version of `{}` was found", self.resource)))?;
            Ok(HashMap::from([(self.resource.clone(), Input::Version(newest))]))
        };
        let checked = version.is_none().then_some(self.resource.as_str());
        single.run(&self.machine, self.json, checked, inputs, output)
    }
}
