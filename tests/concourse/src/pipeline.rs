//! One pipeline: set, run and taken away.

use std::thread::sleep;
use std::time::{Duration, Instant};

use serde_json::Value as Json;

use crate::Build;
use crate::fly::Fly;

/// How long Concourse may take to start what it was asked for: a check of every input comes before.
const START_LIMIT: Duration = Duration::from_secs(300);
/// How often Concourse is asked.
const PAUSE: Duration = Duration::from_millis(500);

/// A pipeline of the team `main`.
#[derive(Clone, Debug)]
pub struct Pipeline<'a> {
    fly: &'a Fly,
    name: String,
    /// As `fly` takes them: `service:shop`, or nothing.
    instance: Option<(String, String)>,
}

impl<'a> Pipeline<'a> {
    pub(crate) fn new(fly: &'a Fly, name: &str) -> Self {
        Self { fly, name: name.to_owned(), instance: None }
    }

    /// Returns the instance of this pipeline with one instance variable.
    pub fn instance(&self, variable: &str, value: &str) -> Self {
        Self { instance: Some((variable.to_owned(), value.to_owned())), ..self.clone() }
    }

    /// Returns the pipeline as `fly` names it: `shop`, or `build-to-deploy/service:shop`.
    pub fn name(&self) -> String {
        match &self.instance {
            None => self.name.clone(),
            Some((variable, value)) => format!("{}/{variable}:{value}", self.name),
        }
    }

    /// Sets the pipeline from its text and starts it. `arguments` are those of `fly set-pipeline`.
    #[track_caller]
    pub fn set(&self, text: &str, arguments: &[&str]) {
        let file = self.fly.file(text).display().to_string();
        let name = self.name();
        let mut set = vec!["set-pipeline", "--non-interactive", "--pipeline", &name, "--config", &file];
        set.extend(arguments);
        self.fly.must(&set);
        self.unpause();
    }

    /// Starts the pipeline.
    #[track_caller]
    pub fn unpause(&self) {
        self.fly.must(&["unpause-pipeline", "--pipeline", &self.name()]);
    }

    /// Holds the pipeline, so that nothing starts by itself.
    #[track_caller]
    pub fn pause(&self) {
        self.fly.must(&["pause-pipeline", "--pipeline", &self.name()]);
    }

    /// Takes the pipeline away, with all that it remembers.
    #[track_caller]
    pub fn destroy(&self) {
        self.fly.must(&["destroy-pipeline", "--non-interactive", "--pipeline", &self.name()]);
    }

    /// Has Concourse look for new versions of a resource, and waits for the end of it.
    #[track_caller]
    pub fn check(&self, resource: &str) {
        self.fly.must(&["check-resource", "--resource", &format!("{}/{resource}", self.name())]);
    }

    /// Pins a resource to the newest version that matches, as in `revision:2`.
    #[track_caller]
    pub fn pin(&self, resource: &str, version: &str) {
        let resource = format!("{}/{resource}", self.name());
        self.fly.must(&["pin-resource", "--resource", &resource, "--version", version]);
    }

    /// Starts a job by hand.
    #[track_caller]
    pub fn trigger(&self, job: &str) -> Build<'a> {
        let before = self.newest(job).map(|build| build.id());
        self.fly.must(&["trigger-job", "--job", &format!("{}/{job}", self.name())]);
        self.next(job, before)
    }

    /// Returns the newest build of a job.
    pub fn newest(&self, job: &str) -> Option<Build<'a>> {
        let builds = self.fly.ask(&self.path(&format!("jobs/{job}/builds?limit=1")));
        builds.get(0).map(|row| Build::new(self.fly, row))
    }

    /// Waits for a build of a job that is newer than one, and returns it.
    ///
    /// # Panics
    ///
    /// When none comes within minutes.
    #[track_caller]
    pub fn next(&self, job: &str, after: Option<u64>) -> Build<'a> {
        let deadline = Instant::now() + START_LIMIT;
        loop {
            if let Some(build) = self.newest(job).filter(|build| after.is_none_or(|id| build.id() > id)) {
                return build;
            }
            assert!(Instant::now() < deadline, "no build of {}/{job} starts", self.name());
            sleep(PAUSE);
        }
    }

    /// Returns what Concourse knows of the versions of a resource, newest first.
    pub fn versions(&self, resource: &str) -> Vec<Json> {
        let versions = self.fly.ask(&self.path(&format!("resources/{resource}/versions")));
        versions.as_array().cloned().unwrap_or_default()
    }

    /// Returns what Concourse shows of the pipeline's resources.
    pub fn resources(&self) -> Vec<Json> {
        self.fly.ask(&self.path("resources")).as_array().cloned().unwrap_or_default()
    }

    /// Returns the last check of each resource that had one.
    pub fn checks(&self) -> Vec<Build<'a>> {
        let resources = self.resources();
        let builds = resources.iter().map(|row| &row["build"]).filter(|build| build["id"].is_u64());
        builds.map(|build| Build::new(self.fly, build)).collect()
    }

    /// Returns all builds of the pipeline's jobs, newest first.
    pub fn builds(&self) -> Vec<Build<'a>> {
        let builds = self.fly.ask(&self.path("builds?limit=1000"));
        builds.as_array().into_iter().flatten().map(|row| Build::new(self.fly, row)).collect()
    }

    /// Returns the pipeline's configuration as it was set.
    pub fn configuration(&self) -> Json {
        self.fly.ask(&self.path("config"))["config"].clone()
    }

    /// Returns a path of Concourse's interface below this pipeline.
    pub(crate) fn path(&self, rest: &str) -> String {
        let path = format!("/api/v1/teams/main/pipelines/{}/{rest}", self.name);
        match &self.instance {
            None => path,
            Some((variable, value)) => {
                let mark = if path.contains('?') { '&' } else { '?' };
                format!("{path}{mark}vars.{variable}=%22{value}%22")
            }
        }
    }
}
