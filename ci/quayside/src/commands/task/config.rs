//! The task's file, and the step that is made of it.

use std::path::Path;

use pipeline::model::{Param, StepConfig, TaskConfig};
use pipeline::vars::{FlyVariables, Missing, interpolate};
use pipeline::yaml::{self, Entry, Map, Node, Value};
use pipeline::{Span, Spanned};

use super::{STEP_NAME, TaskArgs};
use crate::commands::single_step::decoded;
use crate::failure::Failure;
use crate::inputs::read_source;

/// A task's file, variables of the command line filled in.
pub(super) struct TaskFile {
    root: Node,
    pub(super) config: TaskConfig,
}

impl TaskFile {
    /// Reads a file. As `fly execute` does it, keys that are written twice are no error.
    pub(super) fn read(file: &Path, variables: &FlyVariables) -> Result<Self, Failure> {
        let source = read_source(file)?;
        let at = |span: Span| {
            let position = source.position(span.start());
            format!("{}:{}:{}", source.name(), position.line, position.column)
        };
        let document = yaml::read(source.text())
            .map_err(|error| Failure::new(format!("{}: yaml: {error}", at(error.span))))?;
        let root = document.root.unwrap_or_else(|| Node::new(Value::Map(Map::new()), Span::default()));
        let variables = variables.chain().map_err(Failure::new)?;
        let root = interpolate(root, &variables, Missing::Keep)
            .map_err(|error| Failure::new(format!("{}: {error}", at(error.span))))?;
        let decoded = TaskConfig::decode(Some(root.clone()));
        if let Some(mistake) = decoded.mistakes.first() {
            return Err(Failure::new(format!(
                "{}: {}: {}",
                at(mistake.span),
                mistake.path,
                mistake.message()
            )));
        }
        let config = decoded.value;
        if let Some(field) = config.unknown_fields.first() {
            return Err(Failure::new(format!("{}: a task has no `{}`", at(field.span), field.name)));
        }
        if let Some((message, span)) = config.problems().into_iter().next() {
            return Err(Failure::new(format!("{}: {message}", at(span))));
        }
        Ok(Self { root, config })
    }

    /// Refuses outputs that the task does not have.
    pub(super) fn refuse_unknown_outputs<'all>(
        &self,
        names: impl Iterator<Item = &'all str>,
    ) -> Result<(), Failure> {
        for name in names {
            if !self.config.outputs.iter().any(|output| output.name.as_str() == name) {
                return Err(Failure::new(format!("unknown output '{name}'")));
            }
        }
        Ok(())
    }

    /// Refuses a task with inputs that are neither folders nor artifacts of a job.
    pub(super) fn refuse_missing_inputs(&self, folders: &[String], of_job: &[&str]) -> Result<(), Failure> {
        let is_given = |name: &str| {
            folders.iter().any(|folder| folder.split_once('=').is_some_and(|(known, _)| known == name))
                || of_job.contains(&name)
        };
        let mut needed = self.config.inputs.iter().filter(|input| !input.is_optional());
        match needed.find(|input| !is_given(&input.name)) {
            Some(input) => {
                let name = &input.name.value;
                Err(Failure::new(format!("missing required input `{name}`"))
                    .with_hint(format!("give it a folder: `-i {name}=FOLDER`")))
            }
            None => Ok(()),
        }
    }

    /// Returns the step that runs the task as the flags say.
    pub(super) fn step(&self, arguments: &TaskArgs) -> Result<StepConfig, Failure> {
        let span = Span::default();
        let mut step = Map::new();
        step.insert(Entry::new("task", Node::string(STEP_NAME, span)));
        step.insert(Entry::new("config", self.root.clone()));
        if arguments.privileged {
            step.insert(Entry::new("privileged", Node::new(Value::Bool(true), span)));
        }
        if let Some(image) = &arguments.image {
            step.insert(Entry::new("image", Node::string(image.as_str(), span)));
        }
        let mut config = decoded(Node::new(Value::Map(step), span))?;
        if let StepConfig::Task(task) = &mut config {
            if let Some(config) = &mut task.config {
                config.params.iter_mut().for_each(take_from_environment);
            }
            if let Some(run) = task.config.as_mut().and_then(|config| config.run.as_mut()) {
                let added = arguments.arguments.iter().map(|argument| Spanned::new(argument.clone(), span));
                run.args.extend(added);
            }
            task.input_mapping = super::steps::mapping(&arguments.input_mapping)?;
        }
        Ok(config)
    }
}

/// Takes a param's value from the environment, if it is there, be it empty.
fn take_from_environment(param: &mut Param) {
    if let Ok(value) = std::env::var(param.name.as_str()) {
        param.value.value = value;
        param.is_null = false;
    }
}
