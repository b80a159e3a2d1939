//! The whole pipeline: jobs run in turn, as versions become new to them.

use std::collections::{BTreeMap, HashMap};

use pipeline::model::Job;
use runner::cancellation::Cancellation;
use runner::outcome::{Problem, Status};
use runner::scheduling::{Unmet, Wanted, select, trigger, wanted};
use runner::state::{NewRun, Run};
use runner::version::Version;

use super::Prepared;
use crate::execution::{
    Finished, Given, Record, Session, check_all, checked_resources, history_of, now, refuse_what_cannot_be,
    remove_inputs, take_folders, until_ended, used,
};
use crate::failure::Failure;
use crate::output::Output;

/// A job that is to run, with its versions.
struct Ready<'run> {
    job: &'run Job,
    gets: Vec<Wanted>,
    selected: BTreeMap<String, Version>,
}

/// Why a job did not run.
enum Rest {
    /// Its gets have no versions.
    Unmet(Vec<Unmet>),
    /// Nothing it gets with `trigger` is new.
    NothingNew {
        /// Its newest run.
        last: Option<Run>,
    },
    /// No get of it triggers.
    Manual,
}

impl Prepared {
    /// Checks all resources, then runs each job once that something triggers, those of the command line too, until
    /// there is no more to run.
    pub(super) async fn run_all(
        &self,
        session: &mut Session,
        output: &mut Output,
    ) -> Result<Status, Failure> {
        for name in &self.arguments.jobs {
            self.loaded.job(name)?;
        }
        let until = Cancellation::new();
        let given = self.check_everything(session, &until, output).await?;
        let Some(given) = given else { return Ok(Status::Errored) };
        let mut statuses: BTreeMap<String, Status> = BTreeMap::new();
        while let Some(ready) = self.next_job(session, &given, &statuses)? {
            let status = self.run_triggered(session, &ready, &given, &until, output).await?;
            statuses.insert(ready.job.name.value.clone(), status);
            if status == Status::Aborted {
                break;
            }
        }
        self.tell_the_rest(session, &given, &statuses, output)?;
        let status = statuses.values().copied().max().unwrap_or(Status::Succeeded);
        if status == Status::Succeeded {
            remove_inputs(&session.run_folder(given.run()))?;
        }
        Ok(status)
    }

    /// Checks what jobs get without any `passed`. Returns what was given with the folders taken; nothing when a check
    /// failed.
    async fn check_everything(
        &self,
        session: &mut Session,
        until: &Cancellation,
        output: &mut Output,
    ) -> Result<Option<Given>, Failure> {
        let mut gets: Vec<Wanted> =
            self.loaded.pipeline.jobs.iter().flat_map(|job| wanted(&self.loaded.pipeline, job)).collect();
        self.refuse_unknown(&gets, &self.loaded.name)?;
        let title = format!("checks of {}", self.loaded.key());
        let new = NewRun { pipeline: &self.loaded.key(), job: None, title: &title, started: now() };
        let record = Record::begin(session, &new)?;
        let (record, folders) = take_folders(&self.arguments.input, record, session, self.selection())?;
        let given = self.given.clone().with_folders(folders, record.run().id);
        given.put_into(&mut gets);
        let names = checked_resources(&gets, &given);
        let engine = session.engine(&record, self.purpose(HashMap::new()))?;
        let checks = check_all(&engine, &self.loaded, &names, &mut session.state, until);
        let finished = match until_ended(&record, until, checks).await? {
            // The folders that were taken are for the jobs that follow.
            Ok(()) => return record.end_quietly(session).map(|()| Some(given)),
            Err(problem) => Finished::from(problem),
        };
        self.end(session, record, &finished, "", output)?;
        Ok(None)
    }

    /// Returns the next job to run, in the order of the pipeline, with its versions.
    fn next_job(
        &self,
        session: &Session,
        given: &Given,
        ran: &BTreeMap<String, Status>,
    ) -> Result<Option<Ready<'_>>, Failure> {
        let history = history_of(&self.loaded, given, &session.state)?;
        for job in self.loaded.pipeline.jobs.iter().filter(|job| !ran.contains_key(&job.name.value)) {
            let gets = self.gets_of(job, given);
            let Ok(selected) = select(&job.name, &gets, &history) else { continue };
            let is_asked_for = self.arguments.jobs.contains(&job.name.value);
            if is_asked_for || trigger(&job.name, &gets, &selected, &history).is_some() {
                return Ok(Some(Ready { job, gets, selected }));
            }
        }
        Ok(None)
    }

    fn gets_of(&self, job: &Job, given: &Given) -> Vec<Wanted> {
        let mut gets = wanted(&self.loaded.pipeline, job);
        given.put_into(&mut gets);
        gets
    }

    async fn run_triggered(
        &self,
        session: &mut Session,
        ready: &Ready<'_>,
        given: &Given,
        until: &Cancellation,
        output: &mut Output,
    ) -> Result<Status, Failure> {
        let Ready { job, gets, selected } = ready;
        let name = job.name.as_str();
        let record = self.begin(session, name)?;
        session.state.note_inputs(record.run().id, &used(gets, selected))?;
        let refusal = refuse_what_cannot_be(job, &self.arguments.skip);
        let finished = match refusal {
            Err(failure) => Finished::from(Problem::new(failure.to_string())),
            Ok(()) => {
                let engine = session.engine(&record, self.purpose(given.inputs(gets, selected)))?;
                match until_ended(&record, until, engine.run_job(name, until)).await? {
                    Ok(ran) => ran.into(),
                    Err(problem) => problem.into(),
                }
            }
        };
        self.end(session, record, &finished, name, output)?;
        Ok(finished.status)
    }

    /// Says how the jobs ended, and why others did not run.
    fn tell_the_rest(
        &self,
        session: &Session,
        given: &Given,
        ran: &BTreeMap<String, Status>,
        output: &mut Output,
    ) -> Result<(), Failure> {
        let Some(style) = session.manner.style() else { return Ok(()) };
        output.line("")?;
        for job in &self.loaded.pipeline.jobs {
            let name = &job.name.value;
            let told = match ran.get(name) {
                Some(status) => style.status(*status, status.word()),
                None => style.dim(&self.told(name, &self.why_not(session, job, given)?)),
            };
            output.line(&format!("{name}: {told}"))?;
        }
        Ok(())
    }

    fn why_not(&self, session: &Session, job: &Job, given: &Given) -> Result<Rest, Failure> {
        let history = history_of(&self.loaded, given, &session.state)?;
        let gets = self.gets_of(job, given);
        let is_asked_for = self.arguments.jobs.contains(&job.name.value);
        if !is_asked_for && !gets.iter().any(|get| get.triggers) {
            return Ok(Rest::Manual);
        }
        Ok(match select(&job.name, &gets, &history) {
            Err(unmet) => Rest::Unmet(unmet),
            Ok(_) => Rest::NothingNew { last: session.state.last_run(&self.loaded.key(), &job.name)? },
        })
    }

    fn told(&self, job: &str, rest: &Rest) -> String {
        match rest {
            Rest::Manual => "not run: nothing triggers it; name it on the command line".into(),
            Rest::NothingNew { last } => match last {
                Some(Run { id, status: Some(status), .. }) if *status != Status::Succeeded => format!(
                    "not run: nothing is new to it since its last run, {id}, which {}; again: {}",
                    status_in_words(*status),
                    self.alone(job)
                ),
                _ => "not run: nothing is new to it".into(),
            },
            Rest::Unmet(unmet) => {
                let reasons: Vec<String> = unmet.iter().map(ToString::to_string).collect();
                format!("not run: {}", reasons.join("; "))
            }
        }
    }
}

fn status_in_words(status: Status) -> String {
    if status == Status::Aborted { "was aborted".into() } else { status.to_string() }
}
