//! `quayside run`.

mod again;
mod all;
mod job;
mod one_step;

use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use runner::engine::Skips;
use runner::local::Selection;
use runner::outcome::Status;
use runner::secrets::Credentials;

use crate::execution::{
    Given, Loaded, MachineFlags, Manner, OutputFolders, PipelineFlags, Session, exit_code, on_this_thread,
};
use crate::failure::Failure;
use crate::output::Output;

/// Runs a job on this machine, or the whole pipeline.
///
/// Steps, hooks, variables, artifacts and versions are as Concourse has them. A git resource of the repository around
/// the current folder is the working tree, with what is not committed yet. Nothing is sent anywhere but by the steps
/// themselves: `--dry-run` leaves out those that change the world.
///
/// Exit status: 0 when the job succeeded, 1 when it failed, 2 when it errored or could not run, 3 when it was aborted.
#[derive(Args)]
#[command(after_help = "Examples:
  quayside run build -c ci/pipeline.yml
  quayside run build -c ci/pipeline.yml -i repo=. -o image=out --dry-run
  quayside run deploy -c ci/pipeline.yml --version image=digest:sha256:0a1b… --assume-passed
  quayside run --all -c ci/pipeline.yml --vault
  quayside run build -c ci/pipeline.yml --step unit --from 12")]
pub(crate) struct RunArgs {
    /// The job; with --all also jobs that nothing triggers, to run once their versions are there.
    #[arg(value_name = "JOB", required_unless_present = "all")]
    jobs: Vec<String>,
    /// Runs all jobs that new versions trigger, in turn, each once.
    #[arg(long)]
    all: bool,
    /// Puts a folder in place of what a get fetches, by the get's or the resource's name.
    #[arg(short, long = "input", value_name = "NAME=FOLDER")]
    input: Vec<String>,
    /// Copies an artifact into a folder, also of a run that failed.
    #[arg(short, long = "output", value_name = "NAME=FOLDER", conflicts_with = "all")]
    output: Vec<String>,
    /// Takes files that .gitignore excludes along with -i.
    #[arg(long)]
    include_ignored: bool,
    /// Takes this version in a get, by the get's or the resource's name.
    #[arg(long = "version", value_name = "NAME=FIELD:VALUE,…")]
    versions: Vec<String>,
    /// Takes versions that did not pass the jobs which `passed` asks for.
    #[arg(long)]
    assume_passed: bool,
    /// Leaves steps out by their name; `put` leaves all puts out.
    #[arg(long, value_name = "STEP")]
    skip: Vec<String>,
    /// Leaves out all puts.
    #[arg(long)]
    dry_run: bool,
    /// Runs one step of the job again, with the artifacts of an earlier run.
    #[arg(long, value_name = "STEP", requires = "from", conflicts_with = "all")]
    step: Option<String>,
    /// The earlier run, by its number.
    #[arg(long, value_name = "RUN", requires = "step")]
    from: Option<i64>,
    /// Tells what happens as JSON, a line each.
    #[arg(long)]
    json: bool,
    #[command(flatten)]
    pipeline: PipelineFlags,
    #[command(flatten)]
    machine: MachineFlags,
}

/// What all runs of the command have in common.
struct Prepared {
    arguments: RunArgs,
    loaded: Loaded,
    given: Given,
    credentials: Arc<Credentials>,
    outputs: OutputFolders,
}

impl RunArgs {
    pub(super) fn run(self, output: &mut Output) -> Result<ExitCode, Failure> {
        let loaded = Loaded::read(&self.pipeline, output)?;
        let credentials = Arc::new(self.pipeline.secrets.credentials(Some(&loaded))?);
        let given = Given::new(&self.versions, self.assume_passed)?;
        let outputs = OutputFolders::parse(&self.output)?;
        let mut session =
            Session::open(&self.machine, Manner::choose(self.json, output.has_colours()), output)?;
        let prepared = Prepared { arguments: self, loaded, given, credentials, outputs };
        let status = on_this_thread(prepared.run(&mut session, output))?;
        Ok(exit_code(status))
    }
}

impl Prepared {
    async fn run(self, session: &mut Session, output: &mut Output) -> Result<Status, Failure> {
        if self.arguments.all {
            return self.run_all(session, output).await;
        }
        let [name] = self.arguments.jobs.as_slice() else {
            return Err(Failure::new("one job is run at a time")
                .with_hint("`--all` runs the jobs that new versions trigger"));
        };
        self.loaded.job(name)?;
        match (&self.arguments.step, self.arguments.from) {
            (Some(step), Some(from)) => self.run_step_again(session, name, step, from, output).await,
            _ => self.run_job(session, name, output).await,
        }
    }

    fn skips(&self) -> Skips {
        let names = &self.arguments.skip;
        Skips {
            puts: self.arguments.dry_run || names.iter().any(|name| name == "put"),
            names: names.iter().cloned().collect(),
        }
    }

    fn selection(&self) -> Selection {
        match self.arguments.include_ignored {
            true => Selection::Everything,
            false => Selection::WithoutIgnored,
        }
    }
}
