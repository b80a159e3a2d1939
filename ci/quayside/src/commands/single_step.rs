//! A step of a pipeline's resource that runs alone.

use std::collections::{BTreeMap, HashMap};
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use pipeline::model::{StepConfig, decode_step};
use pipeline::yaml::{self, Entry, Node};
use runner::cancellation::Cancellation;
use runner::engine::{Input, Skips};
use runner::local::{Selection, keep_artifact};
use runner::outcome::{Problem, Status};
use runner::secrets::Credentials;
use runner::state::NewRun;
use runner::version::Version;

use crate::execution::{
    Finished, Loaded, MachineFlags, Manner, Purpose, Record, Session, check, exit_code, keep_made, now,
    on_this_thread, take_folders, until_ended,
};
use crate::failure::Failure;
use crate::output::Output;

/// A step that is about to run.
pub(super) struct SingleStep<'run> {
    pub(super) title: String,
    pub(super) loaded: &'run Loaded,
    pub(super) credentials: Credentials,
    pub(super) step: Node,
    /// `NAME=FOLDER`.
    pub(super) input_folders: &'run [String],
    /// Where artifacts go, by their names.
    pub(super) outputs: BTreeMap<String, PathBuf>,
}

/// What gets fetch, once a check has told the versions that there are.
type Inputs = Result<HashMap<String, Input>, Problem>;

impl SingleStep<'_> {
    /// Runs the step; first checks a resource, if asked to.
    pub(super) fn run(
        self,
        machine: &MachineFlags,
        is_json: bool,
        checked: Option<&str>,
        inputs: impl FnOnce(Vec<Version>) -> Inputs,
        output: &mut Output,
    ) -> Result<ExitCode, Failure> {
        let config = decoded(self.step.clone())?;
        let manner = Manner::choose(is_json, output.has_colours());
        let mut session = Session::open(machine, manner, output)?;
        let status = on_this_thread(self.run_in(&mut session, &config, checked, inputs))?;
        Ok(exit_code(status))
    }

    async fn run_in(
        self,
        session: &mut Session,
        config: &StepConfig,
        checked: Option<&str>,
        inputs: impl FnOnce(Vec<Version>) -> Inputs,
    ) -> Result<Status, Failure> {
        let (loaded, key) = (self.loaded, self.loaded.key());
        let new = NewRun { pipeline: &key, job: None, title: &self.title, started: now() };
        let record = Record::begin(session, &new)?;
        let (record, artifacts) =
            take_folders(self.input_folders, record, session, Selection::WithoutIgnored)?;
        let purpose = Purpose {
            loaded: Some(loaded),
            inputs: HashMap::new(),
            skips: Skips::default(),
            credentials: Arc::new(self.credentials),
        };
        let mut engine = session.engine(&record, purpose)?;
        let until = Cancellation::new();
        let work = async {
            let found = match checked {
                Some(name) => check(&engine, loaded, name, None, &mut session.state, &until).await,
                None => Ok(Vec::new()),
            };
            match found.and_then(inputs) {
                Ok(inputs) => engine.set_inputs(inputs),
                Err(problem) => return Finished::from(problem),
            }
            engine.run_step(config, artifacts, &until).await.into()
        };
        let finished = until_ended(&record, &until, work).await?;
        keep_made(loaded, &finished.made, &mut session.state)?;
        for (name, folder) in &self.outputs {
            if let Some(volume) = finished.artifacts.get(name) {
                keep_artifact(volume, folder)?;
            }
        }
        record.end(session, &finished, &|_| None)?;
        Ok(finished.status)
    }
}

/// Decodes a step that was put together here from what somebody typed.
pub(crate) fn decoded(step: Node) -> Result<StepConfig, Failure> {
    let decoded = decode_step(step);
    if let Some(mistake) = decoded.mistakes.first() {
        return Err(Failure::new(format!("{}: {}", mistake.path, mistake.message())));
    }
    match decoded.value {
        Some(step) => Ok(step.config),
        None => Err(Failure::new("this is no step")),
    }
}

/// Reads an argument as YAML.
pub(super) fn yaml_argument(text: &str, flag: &str) -> Result<Node, Failure> {
    let document = yaml::read(text).map_err(|error| Failure::new(format!("`{flag}` is no YAML: {error}")))?;
    let nothing = || Node::new(yaml::Value::Null, pipeline::Span::default());
    Ok(document.root.unwrap_or_else(nothing))
}

/// Returns a field of a step that holds a text.
pub(super) fn text(name: &str, value: &str) -> Entry {
    Entry::new(name, Node::string(value, pipeline::Span::default()))
}
