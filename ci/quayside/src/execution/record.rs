//! One run: what is shown, kept and remembered of it, from its beginning to its end.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::fs::{self, DirBuilder, File};
use std::io::Write;
use std::os::unix::fs::DirBuilderExt;
use std::path::{Path, PathBuf};
use std::rc::Rc;
use std::time::Instant;

use kit::redact;
use runner::engine::{Made, Ran};
use runner::event::{Event, Listener, Listeners};
use runner::local::{remove_leftovers, remove_steps};
use runner::outcome::{Problem, Status};
use runner::report::{Condition, LogFile, Progress, RunEvent, Shown, Summary, summary};
use runner::state::{NewRun, Run, State};
use runner::volume::Volume;
use rustix::fs::{FlockOperation, flock};

use super::screen::Screen;
use super::{Session, now};
use crate::failure::Failure;

/// The file with all that happened in a run.
pub(crate) const LOG: &str = "log.jsonl";
/// The file that is locked as long as a run goes on.
const LOCK: &str = "lock";

/// A run that goes on.
pub(crate) struct Record {
    run: Run,
    folder: PathBuf,
    screen: Screen,
    log: Rc<LogFile>,
    tracker: Rc<Tracker>,
    _lock: File,
}

/// How a run ended, and what is left of it.
#[derive(Debug)]
pub(crate) struct Finished {
    pub(crate) status: Status,
    pub(crate) message: Option<String>,
    pub(crate) made: Vec<Made>,
    pub(crate) artifacts: BTreeMap<String, Volume>,
}

/// Knows how far each step has come.
struct Tracker {
    progress: RefCell<Progress>,
    started: Instant,
}

impl Listener for Tracker {
    fn hear(&self, event: &Event) {
        self.progress.borrow_mut().hear(event, self.started.elapsed());
    }
}

impl Record {
    /// Begins a run.
    pub(crate) fn begin(session: &mut Session, new: &NewRun<'_>) -> Result<Self, Failure> {
        let run = session.state.begin_run(new)?;
        let folder = session.run_folder(run.id);
        DirBuilder::new().recursive(true).mode(0o700).create(&folder)?;
        let lock = File::create(folder.join(LOCK))?;
        flock(&lock, FlockOperation::LockExclusive).map_err(std::io::Error::from)?;
        let log = Rc::new(LogFile::create(&folder.join(LOG), run.id, now)?);
        let screen = Screen::new(session.manner, run.id);
        let started = RunEvent::RunStarted {
            pipeline: run.pipeline.clone(),
            job: run.job.clone(),
            title: run.title.clone(),
        };
        log.tell(started.clone());
        screen.begin(started);
        let tracker = Rc::new(Tracker { progress: RefCell::default(), started: Instant::now() });
        Ok(Self { run, folder, screen, log, tracker, _lock: lock })
    }

    /// Returns what the record of runs has of it.
    pub(crate) fn run(&self) -> &Run {
        &self.run
    }

    /// Returns its folder.
    pub(crate) fn folder(&self) -> &Path {
        &self.folder
    }

    /// Returns all who are told what happens.
    pub(crate) fn listeners(&self) -> Listeners {
        Listeners::new(vec![self.tracker.clone(), self.log.clone(), self.screen.listener()])
    }

    /// Returns the exit status of the process of a step.
    pub(crate) fn exit_status_of(&self, name: &str) -> Option<i32> {
        let progress = self.tracker.progress.borrow();
        let (_, shown) = progress.steps().find(|(_, shown)| shown.name == name)?;
        match shown.condition {
            Condition::Ended { exit_status, .. } => exit_status,
            _ => None,
        }
    }

    /// Draws what is new.
    pub(crate) fn draw(&self) {
        self.screen.draw();
    }

    /// Ends a run: remembers it, tells the summary, removes what nobody needs. `again` returns the command that runs
    /// a step again.
    pub(crate) fn end(
        self,
        session: &mut Session,
        finished: &Finished,
        again: &dyn Fn(&Shown) -> Option<String>,
    ) -> Result<(), Failure> {
        let Finished { status, message, .. } = finished;
        session.state.end_run(self.run.id, *status, &finished.made, now())?;
        self.log.tell(RunEvent::RunFinished { status: *status, message: message.clone() });
        self.screen.end(*status, message.clone());
        self.summarise(session, finished, again);
        if *status == Status::Succeeded {
            remove_steps(&self.folder)?;
            remove_inputs(&self.folder)?;
        } else {
            session.state.note_artifacts(self.run.id, &finished.artifacts)?;
        }
        session.tidy()
    }

    /// Forgets a run that could not even start: a mistake of the command line is no build.
    pub(crate) fn forget(self, session: &mut Session) -> Result<(), Failure> {
        session.state.forget_run(self.run.id)?;
        fs::remove_dir_all(&self.folder)?;
        Ok(())
    }

    /// Ends a run that prepared others and succeeded: nothing is told of it, and what it took stays for them.
    pub(crate) fn end_quietly(self, session: &mut Session) -> Result<(), Failure> {
        let status = Status::Succeeded;
        session.state.end_run(self.run.id, status, &[], now())?;
        self.log.tell(RunEvent::RunFinished { status, message: None });
        self.screen.end(status, None);
        Ok(remove_steps(&self.folder)?)
    }

    fn summarise(&self, session: &Session, finished: &Finished, again: &dyn Fn(&Shown) -> Option<String>) {
        let Some(style) = session.manner.style() else { return };
        let told = Summary {
            run: self.run.id,
            title: &self.run.title,
            status: finished.status,
            message: finished.message.as_deref(),
            took: self.tracker.started.elapsed(),
            again,
        };
        let lines = summary(&self.tracker.progress.borrow(), &told, style).join("\n");
        let mut stdout = std::io::stdout().lock();
        let _unread = writeln!(stdout, "\n{}", redact::scrub(&lines));
    }
}

/// Removes the copies of folders that a run took.
pub(crate) fn remove_inputs(folder: &Path) -> Result<(), Failure> {
    let inputs = folder.join("inputs");
    if inputs.exists() {
        fs::remove_dir_all(inputs)?;
    }
    Ok(())
}

impl From<Ran> for Finished {
    fn from(ran: Ran) -> Self {
        let status = Status::of(&ran.outcome);
        let message = ran.outcome.err().filter(|problem| !problem.is_interruption());
        let message = message.map(|problem| problem.to_string());
        Self { status, message, made: ran.made, artifacts: ran.artifacts }
    }
}

impl From<Problem> for Finished {
    fn from(problem: Problem) -> Self {
        let message = match problem.advice() {
            Some(advice) => format!("{problem}\n  help: {advice}"),
            None => problem.to_string(),
        };
        Self {
            status: Status::of(&Err(problem)),
            message: Some(message),
            made: Vec::new(),
            artifacts: BTreeMap::new(),
        }
    }
}

/// Notes as aborted what runs broke off: their program is gone without having said how they ended. What their
/// containers left is removed.
pub(crate) fn note_broken(state: &mut State, folder_of: impl Fn(i64) -> PathBuf) -> Result<(), Failure> {
    const LOOKED_AT: usize = 50;
    for run in state.newest_runs(LOOKED_AT)?.iter().filter(|run| run.status.is_none()) {
        let folder = folder_of(run.id);
        let Ok(lock) = File::open(folder.join(LOCK)) else { continue };
        if flock(&lock, FlockOperation::NonBlockingLockExclusive).is_ok() {
            remove_leftovers(&folder);
            state.end_run(run.id, Status::Aborted, &[], now())?;
        }
    }
    Ok(())
}
