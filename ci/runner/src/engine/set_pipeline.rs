//! `set_pipeline`: what would be set is rendered and compared; nothing is set anywhere.

use pipeline::check::CheckError;
use pipeline::diff::{Change, Difference, diff};
use pipeline::model::{Pipeline, SetPipelineStep};
use pipeline::validate::validate;
use pipeline::vars::{Missing, VariableFile, interpolate, read_variable_file, set_pipeline_variables};
use pipeline::yaml::{self, Map, Node};

use super::leaf::Acted;
use super::load_var::read_from;
use super::state::State;
use super::{Engine, SharedConsole};
use crate::executor::Executor;
use crate::instance::instance_name;
use crate::outcome::Problem;

/// The step with its variables filled in.
struct Filled {
    name: String,
    /// Another team's, when it is not the build's own.
    team: Option<String>,
    file: String,
    variables: Option<Map>,
    variable_files: Vec<String>,
    instance: Option<Map>,
}

impl<E: Executor> Engine<E> {
    pub(super) async fn set_pipeline(
        &self,
        step: &SetPipelineStep,
        state: &State,
        console: &SharedConsole,
    ) -> Result<Acted, Problem> {
        let filled = self.fill_set_pipeline(step, state).await?;
        if filled.name.contains('/') {
            console.line("ERROR: pipeline name cannot contain '/'");
            return Ok(Acted::failed());
        }
        if filled.file.is_empty() {
            return Err(Problem::new("file is not specified"));
        }
        let text = read_named(state, &filled.file)?;
        let rendered = match render(&text, &filled, state) {
            Ok(rendered) => rendered,
            Err(reason) => {
                console.line("error parsing pipeline:");
                console.line(&reason);
                return Ok(Acted::failed());
            }
        };
        if !self.is_valid(&rendered, console) {
            return Ok(Acted::failed());
        }
        self.show(&filled, step.name.as_str() == "self", rendered, console)
    }

    async fn fill_set_pipeline(&self, step: &SetPipelineStep, state: &State) -> Result<Filled, Problem> {
        let text = |text: &Option<pipeline::Spanned<String>>| {
            text.as_ref().map(|text| text.value.clone()).unwrap_or_default()
        };
        let mut variable_files = Vec::new();
        for file in &step.var_files {
            variable_files.push(self.fill_text(file, state).await?);
        }
        let is_self = step.name.as_str() == "self";
        let metadata = &self.build.metadata;
        let name = if is_self { metadata.pipeline.clone() } else { step.name.value.clone() };
        let instance = match is_self {
            true => metadata.instance_variables.clone(),
            false => self.fill_map(step.instance_vars.as_ref(), state).await?,
        };
        let team = self.fill_text(&text(&step.team), state).await?;
        Ok(Filled {
            name,
            team: Some(team).filter(|team| !is_self && !team.is_empty() && *team != metadata.team),
            file: self.fill_text(&text(&step.file), state).await?,
            variables: self.fill_map(step.vars.as_ref(), state).await?,
            variable_files,
            instance,
        })
    }

    async fn fill_map(&self, node: Option<&Node>, state: &State) -> Result<Option<Map>, Problem> {
        match node {
            Some(node) => Ok(self.fill(node, state).await?.as_map().cloned()),
            None => Ok(None),
        }
    }

    /// Validates a pipeline as the server does, and tells what it finds.
    fn is_valid(&self, rendered: &Node, console: &SharedConsole) -> bool {
        let decoded = Pipeline::decode(Some(rendered.clone()));
        if let Some(mistake) = decoded.mistakes.first() {
            console.line("error parsing pipeline:");
            console.line(&mistake.message());
            return false;
        }
        let report = validate(&decoded.value);
        for warning in &report.warnings {
            console.line(&format!("WARNING: {}", warning.message));
        }
        if !report.is_valid() {
            console.line("invalid pipeline:");
            report.error_messages().iter().for_each(|message| console.line(&format!("- {message}")));
        }
        report.is_valid()
    }

    fn show(
        &self,
        filled: &Filled,
        is_self: bool,
        mut rendered: Node,
        console: &SharedConsole,
    ) -> Result<Acted, Problem> {
        yaml::sort_keys(&mut rendered);
        let name = instance_name(&filled.name, filled.instance.as_ref());
        // Each instance, and each team's, is a pipeline of its own.
        let full_name =
            filled.team.iter().map(|team| format!("{team}: ")).chain([name.clone()]).collect::<String>();
        let earlier = match is_self {
            true => Some(self.build.pipeline_text.clone()),
            false => self.executor.earlier_pipeline(&full_name),
        };
        let earlier = earlier.and_then(|text| yaml::read(&text).ok()?.root);
        let differences = diff(earlier.as_ref(), Some(&rendered));
        if differences.is_empty() {
            console.line("no changes to apply.");
            return Ok(Acted::succeeded());
        }
        differences.iter().for_each(|difference| tell(difference, console));
        let place = self.executor.keep_pipeline(&full_name, &yaml::write(&rendered))?;
        console.line(&format!(
            "this would set the pipeline `{name}`; it is not set here, and can be read in {place}"
        ));
        Ok(Acted::succeeded())
    }
}

fn read_named(state: &State, file: &str) -> Result<String, Problem> {
    let Some((artifact, path)) = file.split_once('/') else {
        return Err(Problem::new(format!("config path '{file}' does not specify where the file lives")));
    };
    read_from(state, artifact, path)
}

/// Fills a pipeline's variables in, those of the first file over those of later ones.
fn render(text: &str, filled: &Filled, state: &State) -> Result<Node, String> {
    let document = yaml::read(text).map_err(|error| CheckError::Read(error).to_string())?;
    if let Some(duplicate) = document.duplicates.first() {
        let line = text[..duplicate.first.start()].matches('\n').count() + 1;
        return Err(duplicate.message(line));
    }
    let root = document.root.unwrap_or_else(|| Node::new(yaml::Value::Null, pipeline::Span::default()));
    let files = filled.variable_files.iter().map(|file| variable_file(state, file));
    let files = files.collect::<Result<Vec<VariableFile>, String>>()?;
    let chain = set_pipeline_variables(filled.instance.as_ref(), filled.variables.as_ref(), &files);
    let variables = chain.unwrap_or_default();
    interpolate(root, &variables, Missing::Keep).map_err(|error| error.to_string())
}

fn variable_file(state: &State, file: &str) -> Result<VariableFile, String> {
    let text = read_named(state, file).map_err(|problem| problem.to_string())?;
    read_variable_file(&text).map_err(|error| error.to_string())
}

fn tell(difference: &Difference, console: &SharedConsole) {
    let Difference { kind, name, change } = difference;
    let thing = if name.is_empty() { (*kind).to_owned() } else { format!("{kind} {name}") };
    let values = match change {
        Change::Added => {
            console.line(&format!("{thing} has been added"));
            return;
        }
        Change::Removed => {
            console.line(&format!("{thing} has been removed"));
            return;
        }
        Change::Reordered => {
            console.line(&format!("{thing}s are in another order"));
            return;
        }
        Change::Renamed { from, values } => {
            console.line(&format!("{thing} was {from}"));
            values
        }
        Change::Changed(values) => {
            console.line(&format!("{thing} has changed:"));
            values
        }
    };
    for value in values {
        let shown = |node: &Option<Node>| node.as_ref().map_or("(none)".into(), Node::to_compact_json);
        console.line(&format!("  {}: {} -> {}", value.path, shown(&value.old), shown(&value.new)));
    }
}
