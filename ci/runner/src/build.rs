//! What a build is called, and what its resources are told of it.

use pipeline::yaml::{Map, Node, Value};

use crate::outcome::Status;

/// A build's names and numbers.
#[derive(Clone, Debug, Default)]
pub struct BuildMetadata {
    /// Its number among all runs of this machine.
    pub id: i64,
    /// Its number among the runs of its job; none for a task or step that is run alone.
    pub name: Option<String>,
    /// The job.
    pub job: Option<String>,
    /// The pipeline; empty when there is none.
    pub pipeline: String,
    /// The variables that make the pipeline an instance.
    pub instance_variables: Option<Map>,
    /// The team; what Concourse calls its first one by default.
    pub team: String,
    /// Where pages of builds are; told to nobody when there are none.
    pub external_url: Option<String>,
    /// Who started it.
    pub user: Option<String>,
}

/// Teams, pipelines and jobs have numbers in a Concourse; there is one of each here.
const ONLY: &str = "1";

impl BuildMetadata {
    /// Returns the variables that the steps of resources get. Hooks are told how their step ended.
    pub(crate) fn environment(&self, hook_of: Option<Status>) -> Vec<(String, String)> {
        let mut all = Vec::new();
        let mut add = |name: &str, value: &str| all.push((name.to_owned(), value.to_owned()));
        if let Some(status) = hook_of {
            add("BUILD_STATUS", status.word());
        }
        add("BUILD_ID", &self.id.to_string());
        if let Some(name) = &self.name {
            add("BUILD_NAME", name);
        }
        add("BUILD_TEAM_ID", ONLY);
        add("BUILD_TEAM_NAME", &self.team);
        if let Some(job) = &self.job {
            add("BUILD_JOB_ID", ONLY);
            add("BUILD_JOB_NAME", job);
        }
        if !self.pipeline.is_empty() {
            add("BUILD_PIPELINE_ID", ONLY);
            add("BUILD_PIPELINE_NAME", &self.pipeline);
        }
        if let Some(instance) = &self.instance_variables {
            let node = Node::new(Value::Map(instance.clone()), pipeline::Span::default());
            add("BUILD_PIPELINE_INSTANCE_VARS", &node.to_compact_json());
        }
        if let Some(url) = &self.external_url {
            add("ATC_EXTERNAL_URL", url);
            add("BUILD_URL", &self.url(url));
            add("BUILD_URL_SHORT", &format!("{url}/builds/{}", self.id));
        }
        all
    }

    /// Returns who started the build, for puts of resources that ask for it.
    pub(crate) fn created_by(&self) -> Option<(String, String)> {
        self.user.clone().map(|user| ("BUILD_CREATED_BY".to_owned(), user))
    }

    /// Returns the variables that tasks get: they are told nothing of the build.
    pub(crate) fn task_environment(&self) -> Vec<(String, String)> {
        self.external_url.iter().map(|url| ("ATC_EXTERNAL_URL".to_owned(), url.clone())).collect()
    }

    fn url(&self, base: &str) -> String {
        match (&self.job, &self.name) {
            (Some(job), Some(name)) => {
                format!("{base}/teams/{}/pipelines/{}/jobs/{job}/builds/{name}", self.team, self.pipeline)
            }
            _ => format!("{base}/builds/{}", self.id),
        }
    }
}
