//! Runs cases on a real Concourse, through `fly`.

use concourse::{Concourse, Events, Pipeline, Status, Step};
use serde_json::json;

use crate::{Case, Needs, Seen};

/// A real Concourse, and the image that tasks of cases run in there.
pub struct Peer {
    concourse: Concourse,
    image: String,
}

impl Peer {
    /// Takes a Concourse. `repository` is an image with a shell that it can fetch.
    pub fn new(concourse: Concourse, repository: &str) -> Self {
        let image =
            json!({"type": "registry-image", "source": {"repository": repository, "insecure": false}});
        Self { concourse, image: format!("image={image}") }
    }

    /// Returns whether a case can be run there.
    pub fn can_run(&self, case: &Case) -> bool {
        case.needs != Needs::Processes
    }

    /// Runs a case, in a pipeline of its own that is destroyed afterwards.
    ///
    /// # Panics
    ///
    /// When `fly` fails.
    pub fn run(&self, case: &Case) -> Seen {
        let pipeline = self.concourse.pipeline(&format!("conformance-{}", case.name.replace('/', "-")));
        pipeline.set(&case.pipeline, &["--yaml-var", &self.image]);
        for job in &case.before {
            run_job(&pipeline, job, None);
        }
        let seen = run_job(&pipeline, &case.job, case.abort_at.as_deref());
        pipeline.destroy();
        seen
    }
}

fn run_job(pipeline: &Pipeline<'_>, job: &str, abort_at: Option<&str>) -> Seen {
    let build = pipeline.trigger(job);
    if let Some(text) = abort_at {
        build.wait_or(|events| seen(Status::Started, events).log.contains(text));
        build.abort();
    }
    let status = build.wait();
    seen(status, &build.events())
}

fn seen(status: Status, events: &Events) -> Seen {
    let mut seen = Seen::default();
    status.word().clone_into(&mut seen.status);
    let acts = |title: &str| title.split_once(' ').is_some_and(|(key, _)| Seen::acts(key));
    for step in events.steps() {
        match step {
            Step::Started(title) if acts(title) => seen.started.push(title.clone()),
            Step::Printed(title, text) if acts(title) => seen.print(title, text),
            Step::Ended(title, outcome) if acts(title) => {
                seen.ended.push(format!("{title} {}", outcome.word()));
            }
            Step::Started(_) | Step::Printed(..) | Step::Ended(..) => {}
        }
    }
    seen.finish();
    seen
}
