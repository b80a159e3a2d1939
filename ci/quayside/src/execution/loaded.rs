//! A pipeline that is about to run.

use std::path::Path;

use kit::input::nearest_name;
use pipeline::model::{Job, Pipeline, Resource};
use pipeline::validate::validate;
use pipeline::vars::{FlyVariables, Missing};
use pipeline::yaml::{self, Map};
use runner::instance::instance_name;
use runner::report::plain;

use super::{PipelineFlags, hide_by_name};
use crate::commands::filled;
use crate::failure::Failure;
use crate::output::Output;

/// A pipeline as Concourse would have it, and what it is called.
#[derive(Clone, Debug)]
pub(crate) struct Loaded {
    /// The pipeline.
    pub(crate) pipeline: Pipeline,
    /// The same as a text, variables filled in, keys sorted.
    pub(crate) text: String,
    /// Its name.
    pub(crate) name: String,
    /// The variables that make it an instance.
    pub(crate) instance: Option<Map>,
    /// Its team.
    pub(crate) team: String,
}

/// Folders that pipelines are kept in; a pipeline in one is called after the folder around it.
const PIPELINE_FOLDERS: &[&str] = &["ci", ".ci", "concourse", ".concourse", "pipelines"];

impl Loaded {
    /// Reads and checks a pipeline as `fly set-pipeline` and the server do. Warnings are told.
    pub(crate) fn read(flags: &PipelineFlags, output: &mut Output) -> Result<Self, Failure> {
        Self::read_file(
            &flags.config,
            flags.pipeline.as_deref(),
            &flags.team,
            &flags.variables.read()?,
            output,
        )
    }

    /// Reads and checks a pipeline that may have a name given.
    pub(crate) fn read_file(
        config: &Path,
        name: Option<&str>,
        team: &str,
        variables: &FlyVariables,
        output: &mut Output,
    ) -> Result<Self, Failure> {
        hide_by_name(variables)?;
        let mut root = filled(config, variables, Missing::Keep)?;
        if let Some(root) = &mut root {
            yaml::sort_keys(root);
        }
        let text = root.as_ref().map(yaml::write).unwrap_or_default();
        let decoded = Pipeline::decode(root);
        let file = config.display();
        if let Some(mistake) = decoded.mistakes.first() {
            return Err(refused(&file, &[format!("{}: {}", mistake.path, mistake.message())]));
        }
        let report = validate(&decoded.value);
        if !report.is_valid() {
            return Err(refused(&file, &report.error_messages()));
        }
        for warning in &report.warnings {
            output.complain(&plain(&format!("warning: {}", warning.message)));
        }
        let instance = variables.instance_variables().map_err(Failure::new)?;
        Ok(Self {
            pipeline: decoded.value,
            text,
            name: name.map_or_else(|| name_of(config), str::to_owned),
            instance: (!instance.is_empty()).then_some(instance),
            team: team.to_owned(),
        })
    }

    /// Returns what the pipeline is called and its runs are remembered under: its name, and what makes it an instance.
    pub(crate) fn key(&self) -> String {
        instance_name(&self.name, self.instance.as_ref())
    }

    /// Returns a job by its name.
    pub(crate) fn job(&self, name: &str) -> Result<&Job, Failure> {
        let names = self.pipeline.jobs.iter().map(|job| job.name.as_str());
        self.pipeline.job(name).ok_or_else(|| unknown("job", name, names))
    }

    /// Returns a resource by its name.
    pub(crate) fn resource(&self, name: &str) -> Result<&Resource, Failure> {
        let names = self.pipeline.resources.iter().map(|resource| resource.name.as_str());
        self.pipeline.resource(name).ok_or_else(|| unknown("resource", name, names))
    }

    /// Returns a text that is equal for equal settings of a resource: those of its type count too.
    pub(crate) fn settings_of(&self, resource: &Resource) -> String {
        let json =
            |node: &Option<yaml::Node>| node.as_ref().map(yaml::Node::to_compact_json).unwrap_or_default();
        let kind = self.pipeline.resource_type(&resource.kind);
        let kind =
            kind.map(|kind| format!("{} {} {}", kind.kind.value, json(&kind.source), json(&kind.defaults)));
        format!("{} {} {}", resource.kind.value, kind.unwrap_or_default(), json(&resource.source))
    }
}

fn refused(file: &dyn std::fmt::Display, messages: &[String]) -> Failure {
    Failure::new(format!("Concourse would refuse `{file}`:\n  {}", messages.join("\n  ")))
        .with_hint(format!("`quayside lint {file}` shows the lines"))
}

fn unknown<'all>(what: &str, name: &str, known: impl Iterator<Item = &'all str>) -> Failure {
    let known: Vec<&str> = known.collect();
    let failure = Failure::new(format!("the pipeline has no {what} `{name}`"));
    match nearest_name(name, known.iter().copied()) {
        Some(nearest) => failure.with_hint(nearest),
        None if known.is_empty() => failure,
        None => failure.with_hint(format!("it has {}", known.join(", "))),
    }
}

/// Returns what a pipeline is called after its file: `app.yml` is `app`, and `app/ci/pipeline.yml` too.
fn name_of(file: &Path) -> String {
    let stem = |path: &Path| path.file_stem().map(|stem| stem.to_string_lossy().into_owned());
    let own = stem(file).unwrap_or_default();
    if own != "pipeline" {
        return own.replace(|character: char| character.is_control() || character == '/', "-");
    }
    let full = std::path::absolute(file).unwrap_or_else(|_| file.to_owned());
    let folders = full.ancestors().skip(1).filter_map(Path::file_name).map(|name| name.to_string_lossy());
    folders
        .into_iter()
        .find(|name| !PIPELINE_FOLDERS.contains(&&**name))
        .map_or(own, |name| name.into_owned())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pipelines_are_called_after_file_or_folder() {
        let cases = [
            ("/srv/shop.yml", "shop"),
            ("/srv/shop/pipeline.yml", "shop"),
            ("/srv/shop/ci/pipeline.yml", "shop"),
            ("/srv/shop/.ci/pipelines/pipeline.yml", "shop"),
            ("/pipeline.yml", "pipeline"),
        ];
        for (file, expected) in cases {
            assert_eq!(name_of(Path::new(file)), expected, "{file}");
        }
    }
}
