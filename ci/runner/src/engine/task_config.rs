//! What a task runs: its file or its config, with vars, params and limits of the step.

use std::collections::BTreeSet;

use pipeline::model::{ContainerLimits, Decoded, TaskConfig, TaskStep};
use pipeline::vars::{Missing, StaticVariables};
use pipeline::yaml::{self, Node, Number, Value};

use super::fill::unfilled;
use super::load_var::read_from;
use super::state::State;
use super::{Engine, SharedConsole};
use crate::executor::Executor;
use crate::outcome::Problem;

impl<E: Executor> Engine<E> {
    /// Returns the config of a task with everything filled in.
    pub(super) async fn task_config(
        &self,
        step: &TaskStep,
        state: &State,
        console: &SharedConsole,
    ) -> Result<TaskConfig, Problem> {
        let mut config = match &step.file {
            Some(file) => with_own_vars(config_of_file(file, state)?, step)?,
            None => step.config.clone().unwrap_or_default(),
        };
        override_limits(&mut config, step.container_limits.as_ref());
        for name in override_params(&mut config, step) {
            console.line(&format!("[WARNING] {name} was defined in pipeline but missing from task file"));
        }
        self.look_up(&config.to_node(), state).await?;
        let filled = config.fill(&state.scope, Missing::Refuse);
        let filled = filled.map_err(|error| unfilled("failed to interpolate task config", error.error))?;
        self.hide_secrets(state);
        checked(filled, "failed to create task config from bytes")
    }
}

fn config_of_file(file: &str, state: &State) -> Result<TaskConfig, Problem> {
    let Some((artifact, path)) = file.split_once('/') else {
        return Err(Problem::new(format!("config path '{file}' does not specify where the file lives")));
    };
    let text = match state.artifacts.get(artifact) {
        None => {
            return Err(Problem::new(format!("unknown artifact source: '{artifact}' in file path '{file}'")));
        }
        Some(_) => read_from(state, artifact, path)?,
    };
    let failed = format!("failed to create task config from bytes {file}");
    let document =
        yaml::read(&text).map_err(|error| Problem::new(format!("{failed}: yaml: {}", error.message)))?;
    without_unknown(TaskConfig::decode(document.root), &failed)
}

/// Fills the step's `vars` in. They went through plain JSON: their numbers are floats.
fn with_own_vars(config: TaskConfig, step: &TaskStep) -> Result<TaskConfig, Problem> {
    let Some(Value::Map(vars)) = step.vars.as_ref().map(|vars| with_float_numbers(vars).value) else {
        return Ok(config);
    };
    let filled = config.fill(&StaticVariables::new(vars), Missing::Keep);
    let filled = filled
        .map_err(|error| Problem::new(format!("failed to interpolate task config: {}", error.error)))?;
    without_unknown(filled, "failed to create task config from bytes")
}

fn override_limits(config: &mut TaskConfig, limits: Option<&ContainerLimits>) {
    let Some(limits) = limits else { return };
    let own =
        config.container_limits.get_or_insert(ContainerLimits { cpu: None, memory: None, span: limits.span });
    own.cpu = limits.cpu.clone().or(own.cpu.take());
    own.memory = limits.memory.clone().or(own.memory.take());
}

/// Puts the step's params over the config's. Returns the names that the config does not have.
fn override_params(config: &mut TaskConfig, step: &TaskStep) -> Vec<String> {
    let declared: BTreeSet<String> = config.params.iter().map(|param| param.name.value.clone()).collect();
    for param in &step.params {
        match config.params.iter_mut().find(|own| *own.name == *param.name) {
            Some(own) => *own = param.clone(),
            None => config.params.push(param.clone()),
        }
    }
    let names = step.params.iter().map(|param| param.name.value.clone());
    names.filter(|name| !declared.contains(name)).collect()
}

fn without_unknown(decoded: Decoded<TaskConfig>, failed: &str) -> Result<TaskConfig, Problem> {
    if let Some(mistake) = decoded.mistakes.first() {
        return Err(Problem::new(format!("{failed}: {}", mistake.message())));
    }
    if let Some(unknown) = decoded.value.unknown_fields.first() {
        return Err(Problem::new(format!("{failed}: json: unknown field \"{}\"", unknown.name)));
    }
    Ok(decoded.value)
}

fn checked(decoded: Decoded<TaskConfig>, failed: &str) -> Result<TaskConfig, Problem> {
    let config = without_unknown(decoded, failed)?;
    let problems = config.problems();
    if problems.is_empty() {
        return Ok(config);
    }
    let lines: Vec<String> = problems.into_iter().map(|(message, _)| format!("  {message}")).collect();
    Err(Problem::new(format!("invalid task configuration:\n{}", lines.join("\n"))))
}

/// Returns a value as it is after plain JSON: every number a float, which may not stand within a text.
fn with_float_numbers(node: &Node) -> Node {
    let mut node = node.clone();
    make_floats(&mut node);
    node
}

fn make_floats(node: &mut Node) {
    match &mut node.value {
        Value::Number(number) if !matches!(number, Number::Digits(_)) => {
            *number = Number::Float(number.as_f64());
        }
        Value::List(items) => items.iter_mut().for_each(make_floats),
        Value::Map(map) => map.iter_mut().for_each(|entry| make_floats(&mut entry.value)),
        _ => {}
    }
}
