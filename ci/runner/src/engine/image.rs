//! Images of resource types and tasks: checked, then fetched, each time anew.

use std::time::Duration;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use pipeline::model::{ImageResource, ResourceType};

use super::state::State;
use super::{Engine, SharedConsole};
use crate::cancellation::Cancellation;
use crate::executor::{CheckRequest, Ended, Executor, GetRequest, Image, Program, Resource, not_in_images};
use crate::outcome::Problem;
use crate::version::Version;

/// How Concourse says that an image could not be had.
pub(super) const IMAGE_CHECK: &str = "image check failed";
const IMAGE_FETCH: &str = "image fetching failed";
/// After this long somebody who looks on wants to know what is waited for.
const PATIENCE: Duration = Duration::from_secs(5);

/// What a problem with an image means to the step that needs it. When the time is over, the check or the get of the
/// image has failed, and the step, which never started, is in error: its `timeout` did not run out.
pub(super) fn not_fetched(problem: Problem, what: &str, console: &SharedConsole) -> Problem {
    if !problem.is_timeout() || problem.is_interruption() {
        return problem;
    }
    console.line(&problem.to_string());
    Problem::new(what)
}

/// Waits for something of which nothing is seen, and says so when it takes long.
async fn told_when_long<T>(waiting: &str, console: &SharedConsole, work: impl Future<Output = T>) -> T {
    let mut work = std::pin::pin!(work);
    match tokio::time::timeout(PATIENCE, &mut work).await {
        Ok(result) => result,
        Err(_long) => {
            console.line(waiting);
            work.await
        }
    }
}

/// An image to fetch.
struct Wanted<'step> {
    name: &'step str,
    kind: &'step str,
    source: Option<&'step pipeline::yaml::Node>,
    params: Option<&'step pipeline::yaml::Node>,
    version: Option<Version>,
    is_privileged: bool,
}

impl<E: Executor> Engine<E> {
    /// Returns what runs the steps of a type. A type may have the name of its own base, since each looks for its
    /// base among the others.
    pub(super) fn program<'run>(
        &'run self,
        kind: &'run str,
        types: &'run [&'run ResourceType],
        state: &'run State,
        until: &'run Cancellation,
        console: &'run SharedConsole,
    ) -> LocalBoxFuture<'run, Result<Program, Problem>> {
        async move {
            let declared = types.iter().find(|known| *known.name == kind);
            let Some(declared) = declared.filter(|_| !self.executor.brings_along(kind)) else {
                return Ok(Program::Base(kind.to_owned()));
            };
            if !self.executor.runs_images() {
                return Err(not_in_images());
            }
            let others: Vec<&ResourceType> =
                types.iter().copied().filter(|known| *known.name != kind).collect();
            let wanted = Wanted {
                name: &declared.name,
                kind: &declared.kind,
                source: declared.source.as_ref(),
                params: declared.params.as_ref(),
                version: None,
                is_privileged: declared.privileged.as_deref().copied().unwrap_or(false),
            };
            self.fetch_image(&wanted, &others, state, until, console).await.map(Program::Image)
        }
        .boxed_local()
    }

    /// Fetches the image that a task's config names.
    pub(super) async fn task_image(
        &self,
        image: &ImageResource,
        is_privileged: bool,
        state: &State,
        until: &Cancellation,
        console: &SharedConsole,
    ) -> Result<Image, Problem> {
        let types: Vec<&ResourceType> = self.build.pipeline.resource_types.iter().collect();
        let version = image.version.as_ref().filter(|fields| !fields.is_empty());
        let wanted = Wanted {
            name: "image",
            kind: &image.kind,
            source: image.source.as_ref(),
            params: image.params.as_ref(),
            version: version.map(|fields| super::get::pinned(fields)),
            is_privileged,
        };
        self.fetch_image(&wanted, &types, state, until, console).await
    }

    async fn fetch_image(
        &self,
        wanted: &Wanted<'_>,
        types: &[&ResourceType],
        state: &State,
        until: &Cancellation,
        console: &SharedConsole,
    ) -> Result<Image, Problem> {
        if let Some(stopped) = until.problem() {
            return Err(not_fetched(stopped, IMAGE_CHECK, console));
        }
        let resource = Resource {
            name: None,
            kind: wanted.kind.to_owned(),
            source: self.source(wanted.source, wanted.kind, types, state).await?,
            program: self.program(wanted.kind, types, state, until, console).await?,
        };
        let version = match &wanted.version {
            Some(version) => version.clone(),
            None => self.newest(&resource, state, until, console).await?,
        };
        let params = self.fill_optional(wanted.params, state).await?;
        let identity = format!("{} {} {}", resource.kind, resource.source, version.to_json());
        let request = GetRequest {
            name: wanted.name.to_owned(),
            resource,
            version,
            params,
            environment: self.environment(state),
        };
        match self.executor.get(&request, console, until).await {
            Ok(Ended::Well(fetched)) => {
                Ok(Image { volume: fetched.volume, identity, is_privileged: wanted.is_privileged })
            }
            Ok(Ended::Badly(_)) => Err(Problem::new(IMAGE_FETCH)),
            Err(problem) => Err(not_fetched(problem, IMAGE_FETCH, console)),
        }
    }

    async fn newest(
        &self,
        resource: &Resource,
        state: &State,
        until: &Cancellation,
        console: &SharedConsole,
    ) -> Result<Version, Problem> {
        let request =
            CheckRequest { resource: resource.clone(), since: None, environment: self.environment(state) };
        let name = resource.source["repository"].as_str().unwrap_or(&resource.kind);
        let waiting = format!("still looking for the newest version of the image `{name}`");
        let checked = told_when_long(&waiting, console, self.executor.check(&request, console, until)).await;
        match checked.map_err(|problem| not_fetched(problem, IMAGE_CHECK, console))? {
            Ended::Well(versions) => versions.into_iter().next_back().ok_or_else(|| {
                Problem::new("version is missing from previous step").hint(
                    "no version of the image was found; look at the repository and the tag in its `source`",
                )
            }),
            Ended::Badly(_) => Err(Problem::new(IMAGE_CHECK)),
        }
    }

    /// Returns what Concourse tells a resource's process of its build.
    pub(super) fn environment(&self, state: &State) -> Vec<(String, String)> {
        self.build.metadata.environment(state.hook_of)
    }
}
