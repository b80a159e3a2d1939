//! `quayside check`.

use std::collections::HashMap;
use std::process::ExitCode;
use std::sync::Arc;

use clap::Args;
use runner::cancellation::Cancellation;
use runner::engine::Skips;
use runner::outcome::{Problem, Status};
use runner::report::Style;
use runner::state::NewRun;
use runner::version::Version;

use crate::execution::{
    Finished, Loaded, MachineFlags, Manner, PipelineFlags, Purpose, Record, Session, check, exit_code, now,
    on_this_thread, until_ended,
};
use crate::failure::Failure;
use crate::output::Output;

/// Looks for versions of a resource, here.
///
/// Prints what the check found as JSON, a version each line, the newest last. Found versions are remembered for runs.
#[derive(Args)]
#[command(after_help = "Examples:
  quayside check image -c ci/pipeline.yml
  quayside check image -c ci/pipeline.yml --from digest:sha256:0a1b…")]
pub(crate) struct CheckArgs {
    /// The resource.
    resource: String,
    /// Starts from this version instead of the newest that is known.
    #[arg(long, value_name = "FIELD:VALUE,…")]
    from: Option<String>,
    #[command(flatten)]
    pipeline: PipelineFlags,
    #[command(flatten)]
    machine: MachineFlags,
}

impl CheckArgs {
    pub(super) fn run(self, output: &mut Output) -> Result<ExitCode, Failure> {
        let loaded = Loaded::read(&self.pipeline, output)?;
        loaded.resource(&self.resource)?;
        let mut session = Session::open(&self.machine, Manner::Beside(Style::Plain), output)?;
        let (status, versions) = on_this_thread(self.check(&loaded, &mut session))?;
        for version in versions {
            output.line(&version.to_json())?;
        }
        Ok(exit_code(status))
    }

    async fn check(&self, loaded: &Loaded, session: &mut Session) -> Result<(Status, Vec<Version>), Failure> {
        let from = self.from.as_deref().map(Version::parse).transpose().map_err(Failure::new)?;
        let key = loaded.key();
        let title = format!("check of {}", self.resource);
        let record =
            Record::begin(session, &NewRun { pipeline: &key, job: None, title: &title, started: now() })?;
        let purpose = Purpose {
            loaded: Some(loaded),
            inputs: HashMap::new(),
            skips: Skips::default(),
            credentials: Arc::new(self.pipeline.secrets.credentials(Some(loaded))?),
        };
        let engine = session.engine(&record, purpose)?;
        let until = Cancellation::new();
        let checked = check(&engine, loaded, &self.resource, from, &mut session.state, &until);
        match until_ended(&record, &until, checked).await? {
            Ok(versions) => {
                record.end_quietly(session)?;
                Ok((Status::Succeeded, versions))
            }
            Err(problem) => Ok((end_badly(record, session, problem)?, Vec::new())),
        }
    }
}

fn end_badly(record: Record, session: &mut Session, problem: Problem) -> Result<Status, Failure> {
    let finished = Finished::from(problem);
    record.end(session, &finished, &|_| None)?;
    Ok(finished.status)
}
