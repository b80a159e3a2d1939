//! One job: versions are found, it runs, and it is remembered.

use std::collections::{BTreeMap, HashMap};

use kit::input::nearest_name;
use runner::cancellation::Cancellation;
use runner::engine::Engine;
use runner::local::Local;
use runner::outcome::{Problem, Status};
use runner::scheduling::{Wanted, select, wanted};
use runner::state::NewRun;
use runner::version::Version;

use super::Prepared;
use crate::execution::{
    Finished, Given, Purpose, Record, Session, check_all, checked_resources, history_of, keep_made, now,
    refuse_what_cannot_be, take_folders, told_unmet, until_ended, used,
};
use crate::failure::Failure;
use crate::output::Output;

impl Prepared {
    /// Runs a job alone.
    pub(super) async fn run_job(
        &self,
        session: &mut Session,
        name: &str,
        output: &mut Output,
    ) -> Result<Status, Failure> {
        let job = self.loaded.job(name)?;
        refuse_what_cannot_be(job, &self.arguments.skip)?;
        let mut gets = wanted(&self.loaded.pipeline, job);
        self.refuse_unknown(&gets, name)?;
        let record = self.begin(session, name)?;
        let (record, folders) = take_folders(&self.arguments.input, record, session, self.selection())?;
        let given = self.given.clone().with_folders(folders, record.run().id);
        given.lift_passed(&mut gets);
        given.put_into(&mut gets);
        let mut engine = session.engine(&record, self.purpose(HashMap::new()))?;
        let until = Cancellation::new();
        let work = async {
            let selected = match self.find_versions(&engine, session, name, &gets, &given, &until).await {
                Ok(selected) => selected,
                Err(problem) => return Ok(Finished::from(problem)),
            };
            session.state.note_inputs(record.run().id, &used(&gets, &selected))?;
            engine.set_inputs(given.inputs(&gets, &selected));
            Ok::<_, Failure>(match engine.run_job(name, &until).await {
                Ok(ran) => ran.into(),
                Err(problem) => problem.into(),
            })
        };
        let finished = until_ended(&record, &until, work).await??;
        self.end(session, record, &finished, name, output)?;
        Ok(finished.status)
    }

    /// Begins a run of a job.
    pub(super) fn begin(&self, session: &mut Session, job: &str) -> Result<Record, Failure> {
        let key = self.loaded.key();
        let title = format!("job {job} of {key}");
        Record::begin(session, &NewRun { pipeline: &key, job: Some(job), title: &title, started: now() })
    }

    /// Ends a run of a job: artifacts go where they were asked for, versions that were made are remembered.
    pub(super) fn end(
        &self,
        session: &mut Session,
        record: Record,
        finished: &Finished,
        job: &str,
        output: &mut Output,
    ) -> Result<(), Failure> {
        keep_made(&self.loaded, &finished.made, &mut session.state)?;
        for missing in self.outputs.keep(&finished.artifacts)? {
            output.complain(&format!("note: the run made no artifact `{missing}`"));
        }
        let run = record.run().id;
        record.end(session, finished, &|step| self.again(job, step, run))
    }

    pub(super) fn purpose(&self, inputs: HashMap<String, runner::engine::Input>) -> Purpose<'_> {
        Purpose {
            loaded: Some(&self.loaded),
            inputs,
            skips: self.skips(),
            credentials: self.credentials.clone(),
        }
    }

    async fn find_versions(
        &self,
        engine: &Engine<Local>,
        session: &mut Session,
        job: &str,
        gets: &[Wanted],
        given: &Given,
        until: &Cancellation,
    ) -> Result<BTreeMap<String, Version>, Problem> {
        let names = checked_resources(gets, given);
        check_all(engine, &self.loaded, &names, &mut session.state, until).await?;
        let history = history_of(&self.loaded, given, &session.state)?;
        select(job, gets, &history).map_err(|unmet| told_unmet(job, &unmet))
    }

    /// Refuses what was given for gets that are not there: it is a typo.
    pub(super) fn refuse_unknown(&self, gets: &[Wanted], job: &str) -> Result<(), Failure> {
        let folders = self.arguments.input.iter().filter_map(|argument| argument.split_once('='));
        let names = self.given.names().chain(folders.map(|(name, _)| name));
        let is_known = |name: &&str| gets.iter().any(|get| get.input == **name || get.resource == **name);
        let Some(name) = names.into_iter().find(|name| !is_known(name)) else { return Ok(()) };
        let known: Vec<&str> = gets.iter().map(|get| get.input.as_str()).collect();
        let failure = Failure::new(format!("`{job}` gets nothing called `{name}`"));
        Err(match nearest_name(name, known.iter().copied()) {
            Some(nearest) => failure.with_hint(nearest),
            None if known.is_empty() => failure,
            None => failure.with_hint(format!("it gets {}", known.join(", "))),
        })
    }
}
