//! `quayside task`.

mod config;
mod inputs;
mod steps;

use std::collections::HashMap;
use std::path::PathBuf;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use runner::cancellation::Cancellation;
use runner::engine::Skips;
use runner::local::Selection;
use runner::outcome::Status;
use runner::state::NewRun;

use crate::execution::{
    Finished, Given, Loaded, MachineFlags, Manner, OutputFolders, Purpose, Record, SecretFlags, Session,
    exit_code, hide_by_name, now, on_this_thread, take_folders, until_ended,
};
use crate::failure::Failure;
use crate::inputs::RunVariableFlags;
use crate::output::Output;
use config::TaskFile;
use steps::JobInputs;

/// Runs a task on this machine, with the flags of `fly execute`.
///
/// Params that the task declares are taken from the environment where it has them. A folder goes in without what
/// .gitignore excludes. What follows `--` is added to the task's arguments.
///
/// Exit status: 0, or that of the task when it failed; 2 when it errored or could not run, 3 when it was aborted.
#[derive(Args)]
#[command(after_help = "Examples:
  quayside task -c ci/test.yml
  quayside task -c ci/test.yml -i repo=. -o report=out
  VERSION=2 quayside task -c ci/build.yml -i source=src -p -- --verbose
  quayside task -c ci/test.yml -j app/unit --pipeline-config ci/pipeline.yml -i repo=.")]
pub(crate) struct TaskArgs {
    /// The task's file.
    #[arg(short, long, value_name = "FILE")]
    config: PathBuf,
    /// The folder of an input; one called like the current folder is that folder, when nothing else is said.
    #[arg(short, long = "input", value_name = "NAME=FOLDER")]
    input: Vec<String>,
    /// Takes the artifact of another name as an input, with -j.
    #[arg(short = 'm', long = "input-mapping", value_name = "NAME=ARTIFACT", requires = "inputs_from")]
    input_mapping: Vec<String>,
    /// Takes the inputs that a job of a pipeline would get next; -i goes before.
    #[arg(short = 'j', long, value_name = "[PIPELINE/]JOB", requires = "pipeline_config")]
    inputs_from: Option<String>,
    /// The pipeline of the job.
    #[arg(long, value_name = "FILE", requires = "inputs_from")]
    pipeline_config: Option<PathBuf>,
    /// Copies an output into a folder, also of a task that failed.
    #[arg(short, long = "output", value_name = "NAME=FOLDER")]
    output: Vec<String>,
    /// Runs the task in an input that is an image.
    #[arg(long, value_name = "INPUT")]
    image: Option<String>,
    /// Lets the task do everything.
    #[arg(short, long)]
    privileged: bool,
    /// Takes files that .gitignore excludes along.
    #[arg(long)]
    include_ignored: bool,
    /// Accepted for `fly execute`: there is one worker here.
    #[arg(long, value_name = "TAG")]
    tag: Vec<String>,
    /// Tells what happens as JSON, a line each.
    #[arg(long)]
    json: bool,
    /// Arguments added to those of the task.
    #[arg(last = true)]
    arguments: Vec<String>,
    #[command(flatten)]
    variables: RunVariableFlags,
    #[command(flatten)]
    secrets: SecretFlags,
    #[command(flatten)]
    machine: MachineFlags,
}

/// What `fly` calls the step of a task that is run alone; the working folder depends on it.
const STEP_NAME: &str = "one-off";

impl TaskArgs {
    pub(super) fn run(self, output: &mut Output) -> Result<ExitCode, Failure> {
        let variables = self.variables.read()?;
        hide_by_name(&variables)?;
        let task = TaskFile::read(&self.config, &variables)?;
        let inputs = inputs::chosen(&self, &task)?;
        let outputs = OutputFolders::parse(&self.output)?;
        task.refuse_unknown_outputs(outputs.names())?;
        let job = self.job_inputs(&task, &inputs, output)?;
        let manner = Manner::choose(self.json, output.has_colours());
        let mut session = Session::open(&self.machine, manner, output)?;
        let run = self.run_in(&mut session, &task, &inputs, job.as_ref(), &outputs);
        let (status, code) = on_this_thread(run)?;
        Ok(match code {
            Some(code) if status == Status::Failed => ExitCode::from(code),
            _ => exit_code(status),
        })
    }

    fn job_inputs(
        &self,
        task: &TaskFile,
        folders: &[String],
        output: &mut Output,
    ) -> Result<Option<JobInputs>, Failure> {
        let (Some(from), Some(file)) = (&self.inputs_from, &self.pipeline_config) else {
            task.refuse_missing_inputs(folders, &[])?;
            return Ok(None);
        };
        let (name, job) =
            from.rsplit_once('/').map_or((None, from.as_str()), |(name, job)| (Some(name), job));
        let loaded = Loaded::read_file(file, name, "main", &self.variables.read()?, output)?;
        JobInputs::new(loaded, job, task, folders, &self.input_mapping).map(Some)
    }

    async fn run_in(
        &self,
        session: &mut Session,
        task: &TaskFile,
        folders: &[String],
        job: Option<&JobInputs>,
        outputs: &OutputFolders,
    ) -> Result<(Status, Option<u8>), Failure> {
        let title = format!("task {}", self.config.display());
        let record =
            Record::begin(session, &NewRun { pipeline: "", job: None, title: &title, started: now() })?;
        let selection = if self.include_ignored { Selection::Everything } else { Selection::WithoutIgnored };
        let (record, artifacts) = take_folders(folders, record, session, selection)?;
        let config = steps::with_inputs(task.step(self)?, job);
        let loaded = job.map(JobInputs::loaded);
        let purpose = Purpose {
            loaded,
            inputs: HashMap::new(),
            skips: Skips::default(),
            credentials: Arc::new(self.secrets.credentials(loaded)?),
        };
        let mut engine = session.engine(&record, purpose)?;
        let until = Cancellation::new();
        let given = Given::default();
        let work = async {
            if let Some(job) = job {
                match job.versions(&engine, &given, &mut session.state, &until).await {
                    Ok(inputs) => engine.set_inputs(inputs),
                    Err(problem) => return Finished::from(problem),
                }
            }
            engine.run_step(&config, artifacts, &until).await.into()
        };
        let finished = until_ended(&record, &until, work).await?;
        let code = record.exit_status_of(STEP_NAME).and_then(|code| u8::try_from(code).ok());
        // What a task did not leave because it could not start is no matter: why it could not is told.
        outputs.keep(&finished.artifacts)?;
        record.end(session, &finished, &|_| None)?;
        Ok((finished.status, code))
    }
}
