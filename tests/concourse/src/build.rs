//! One build of a job.

use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use crate::events::{END, Events};
use crate::fly::Fly;

/// How long a build may take.
const PATIENCE: Duration = Duration::from_secs(600);
/// How often a build is looked at.
const PAUSE: Duration = Duration::from_millis(500);
/// How long the stream of a build that still runs is listened to, in seconds: it has no end to wait for.
const LISTEN: u32 = 2;
/// How long for the end of the stream of a build that has ended, which is in the database but may be long.
const LISTEN_TO_THE_END: u32 = 60;

/// A build of a job.
#[derive(Clone, Debug)]
pub struct Build<'a> {
    fly: &'a Fly,
    id: u64,
    job: String,
}

/// Where a build is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Status {
    /// It waits for its inputs, or for its turn.
    Pending,
    /// It runs.
    Started,
    /// It ended well.
    Succeeded,
    /// A step ran and said no.
    Failed,
    /// A step could not run.
    Errored,
    /// Somebody ended it.
    Aborted,
}

impl<'a> Build<'a> {
    /// Takes a row of Concourse's list of builds.
    pub(crate) fn new(fly: &'a Fly, row: &Json) -> Self {
        let job = row["job_name"].as_str().unwrap_or_default().to_owned();
        Self { fly, id: row["id"].as_u64().unwrap_or_default(), job }
    }

    /// Returns the number that Concourse gave it, which grows from build to build.
    pub fn id(&self) -> u64 {
        self.id
    }

    /// Returns the name of its job.
    pub fn job(&self) -> &str {
        &self.job
    }

    /// Returns where it is.
    pub fn status(&self) -> Status {
        Status::named(self.row()["status"].as_str().unwrap_or_default())
    }

    /// Returns how long it ran, where it has ended.
    pub fn took(&self) -> Option<Duration> {
        let row = self.row();
        let (start, end) = (row["start_time"].as_u64()?, row["end_time"].as_u64()?);
        Some(Duration::from_secs(end.saturating_sub(start)))
    }

    /// Waits for the end.
    ///
    /// # Panics
    ///
    /// When it does not come, as also [`Build::wait_or`]: with the log so far.
    #[track_caller]
    pub fn wait(&self) -> Status {
        self.wait_until(|| false)
    }

    /// Waits for the end, or until what the build did so far is enough.
    #[track_caller]
    pub fn wait_or(&self, mut is_enough: impl FnMut(&Events) -> bool) -> Status {
        self.wait_until(|| is_enough(&self.events()))
    }

    /// Waits for the end, which must be this one.
    #[track_caller]
    pub fn ends(&self, wanted: Status) -> Events {
        let status = self.wait();
        let events = self.events();
        assert_eq!(status, wanted, "build {} of {}:\n{}", self.id, self.job, events.log());
        events
    }

    /// Ends it.
    #[track_caller]
    pub fn abort(&self) {
        self.fly.must(&["abort-build", "--build", &self.id.to_string()]);
    }

    /// Returns what its steps did so far.
    ///
    /// # Panics
    ///
    /// When the build has ended and its stream does not.
    pub fn events(&self) -> Events {
        let is_over = self.status().is_end();
        let plan = self.fly.ask(&format!("/api/v1/builds/{}/plan", self.id));
        let events = Events::read(&plan["plan"], &self.stream(is_over));
        assert!(events.is_whole() || !is_over, "the events of build {} of {} end early", self.id, self.job);
        events
    }

    /// Returns all that Concourse keeps of the build and shows to whoever may see it: its plan and its events.
    pub fn kept(&self) -> String {
        let plan = self.fly.ask(&format!("/api/v1/builds/{}/plan", self.id));
        format!("{}\n{plan}\n{}", self.row(), self.stream(self.status().is_end()))
    }

    fn stream(&self, is_over: bool) -> String {
        let seconds = if is_over { LISTEN_TO_THE_END } else { LISTEN };
        // Concourse keeps the stream open after its end.
        self.fly.read(&format!("/api/v1/builds/{}/events", self.id), seconds, |line| line == END)
    }

    #[track_caller]
    fn wait_until(&self, mut is_enough: impl FnMut() -> bool) -> Status {
        let deadline = Instant::now() + PATIENCE;
        loop {
            let status = self.status();
            if status.is_end() || is_enough() {
                return status;
            }
            let is_over = Instant::now() >= deadline;
            assert!(!is_over, "build {} of {} does not end:\n{}", self.id, self.job, self.events().log());
            sleep(PAUSE);
        }
    }

    fn row(&self) -> Json {
        self.fly.ask(&format!("/api/v1/builds/{}", self.id))
    }
}

impl Status {
    /// Returns whether it is over.
    pub fn is_end(self) -> bool {
        !matches!(self, Self::Pending | Self::Started)
    }

    /// Returns Concourse's word for it.
    pub fn word(self) -> &'static str {
        match self {
            Self::Pending => "pending",
            Self::Started => "started",
            Self::Succeeded => "succeeded",
            Self::Failed => "failed",
            Self::Errored => "errored",
            Self::Aborted => "aborted",
        }
    }

    fn named(word: &str) -> Self {
        match word {
            "started" => Self::Started,
            "succeeded" => Self::Succeeded,
            "failed" => Self::Failed,
            "errored" => Self::Errored,
            "aborted" => Self::Aborted,
            _ => Self::Pending,
        }
    }
}
