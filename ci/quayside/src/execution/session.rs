//! One command's use of this machine.

use std::collections::HashMap;
use std::path::PathBuf;
use std::sync::Arc;

use pipeline::model::Pipeline;
use runner::build::BuildMetadata;
use runner::engine::{Build, Engine, Input, Skips};
use runner::local::{Home, Local, Runtime, remove_steps};
use runner::outcome::Status;
use runner::secrets::Credentials;
use runner::state::State;

use super::{Loaded, MachineFlags, Manner, Record, note_broken};
use crate::failure::Failure;
use crate::output::Output;

/// Of how many runs that failed the containers and folders are kept, for a look into them.
const KEPT_FAILURES: usize = 5;
/// Of how many runs the logs are kept.
const KEPT_LOGS: usize = 200;

/// The machine, its memory, and how runs are shown.
pub(crate) struct Session {
    /// The folders that stay.
    pub(crate) home: Home,
    /// What is remembered of earlier runs.
    pub(crate) state: State,
    /// How runs are shown.
    pub(crate) manner: Manner,
    machine: MachineFlags,
    runtime: Runtime,
}

/// What an engine is made for.
pub(crate) struct Purpose<'run> {
    /// The pipeline; none for a task that is run alone.
    pub(crate) loaded: Option<&'run Loaded>,
    /// What its gets fetch, when that is known already.
    pub(crate) inputs: HashMap<String, Input>,
    /// What is left out.
    pub(crate) skips: Skips,
    /// Where secrets come from.
    pub(crate) credentials: Arc<Credentials>,
}

impl Session {
    /// Opens this machine's memory.
    pub(crate) fn open(machine: &MachineFlags, manner: Manner, output: &mut Output) -> Result<Self, Failure> {
        let home = machine.state.home()?;
        let mut state = State::open(&home.state_file())?;
        note_broken(&mut state, |run| home.run_folder(run))?;
        let runtime = machine.runtime(output)?;
        Ok(Self { home, state, manner, machine: machine.clone(), runtime })
    }

    /// Returns an engine for a run that has begun.
    pub(crate) fn engine(&self, record: &Record, purpose: Purpose<'_>) -> Result<Engine<Local>, Failure> {
        let run = record.run();
        let mut settings = self.machine.settings(&self.home, run.id, &self.runtime)?;
        settings.cache_owner = run.job.as_ref().map(|job| format!("{}/{job}", run.pipeline));
        let loaded = purpose.loaded;
        let metadata = BuildMetadata {
            id: run.id,
            name: run.number.map(|number| number.to_string()),
            job: run.job.clone(),
            pipeline: loaded.map(|loaded| loaded.name.clone()).unwrap_or_default(),
            instance_variables: loaded.and_then(|loaded| loaded.instance.clone()),
            team: loaded.map_or_else(|| "main".into(), |loaded| loaded.team.clone()),
            external_url: None,
            user: std::env::var("USER").ok(),
        };
        let build = Build {
            pipeline: loaded.map_or_else(Pipeline::default, |loaded| loaded.pipeline.clone()),
            pipeline_text: loaded.map(|loaded| loaded.text.clone()).unwrap_or_default(),
            metadata,
            inputs: purpose.inputs,
            skips: purpose.skips,
            credentials: purpose.credentials,
        };
        Ok(Engine::new(Local::new(settings), build, record.listeners()))
    }

    /// Returns whether steps run in containers.
    pub(crate) fn has_containers(&self) -> bool {
        self.runtime != Runtime::Process
    }

    /// Returns the folder of a run.
    pub(crate) fn run_folder(&self, run: i64) -> PathBuf {
        self.home.run_folder(run)
    }

    /// Removes what is left of runs long past.
    pub(crate) fn tidy(&self) -> Result<(), Failure> {
        self.home.tidy();
        let runs = self.state.newest_runs(2 * KEPT_LOGS)?;
        let ended = runs.iter().filter(|run| run.status.is_some());
        let failed = ended.filter(|run| run.status != Some(Status::Succeeded));
        for run in failed.skip(KEPT_FAILURES) {
            let folder = self.run_folder(run.id);
            if folder.join("steps").exists() {
                remove_steps(&folder)?;
            }
        }
        for run in runs.iter().skip(KEPT_LOGS).filter(|run| run.status.is_some()) {
            let folder = self.run_folder(run.id);
            if folder.exists() {
                std::fs::remove_dir_all(folder)?;
            }
        }
        Ok(())
    }
}
