//! Steps of resources: by what is built in, or by the process of their type.

use std::path::Path;

use super::call::Call;
use super::exchange::{Answer, payload, versions};
use super::{Local, mock, time};
use crate::cancellation::Cancellation;
use crate::console::Console;
use crate::executor::{CheckRequest, Ended, GetRequest, Program, Pushed, PutRequest, Resource};
use crate::outcome::{Problem, problem_of};
use crate::version::{Metadata, Version};

/// What does a resource's steps.
enum By<'local> {
    Time,
    Mock,
    WorkingTree(&'local super::git::WorkingTree),
    Process,
}

impl Local {
    pub(super) async fn check_resource(
        &self,
        request: &CheckRequest,
        console: &Console,
        until: &Cancellation,
    ) -> Result<Ended<Vec<Version>>, Problem> {
        let source = &request.resource.source;
        match self.by(&request.resource) {
            By::Time => return time::check().map(Ended::Well),
            By::Mock => return mock::check(source, console),
            By::WorkingTree(tree) => {
                let tree = tree.clone();
                return aside(move || tree.version()).await.map(|version| Ended::Well(vec![version]));
            }
            By::Process => {}
        }
        let call = Call {
            verb: "check",
            name: request.resource.name.as_deref().unwrap_or("image"),
            payload: payload(source, None, request.since.as_ref()),
            environment: &request.environment,
            into: None,
            inputs: &[],
        };
        match self.call(&request.resource, call, console, until).await? {
            Ended::Well(answer) => versions(&answer).map(Ended::Well),
            Ended::Badly(status) => Ok(Ended::Badly(status)),
        }
    }

    pub(super) async fn get_resource(
        &self,
        request: &GetRequest,
        into: &Path,
        console: &Console,
        until: &Cancellation,
    ) -> Result<Ended<Vec<Metadata>>, Problem> {
        let (source, params) = (&request.resource.source, request.params.as_ref());
        match self.by(&request.resource) {
            By::Time => return time::get(&request.version, into).map(Ended::Well),
            By::Mock => return mock::get(source, params, &request.version, into, console),
            By::WorkingTree(tree) => {
                let (tree, version, into) = (tree.clone(), request.version.clone(), into.to_owned());
                return aside(move || tree.get(&version, &into)).await.map(Ended::Well);
            }
            By::Process => {}
        }
        let call = Call {
            verb: "in",
            name: &request.name,
            payload: payload(source, params, Some(&request.version)),
            environment: &request.environment,
            into: Some(into),
            inputs: &[],
        };
        match self.call(&request.resource, call, console, until).await? {
            Ended::Well(answer) => Answer::read(&answer).map(|(_, metadata)| Ended::Well(metadata)),
            Ended::Badly(status) => Ok(Ended::Badly(status)),
        }
    }

    pub(super) async fn put_resource(
        &self,
        request: &PutRequest,
        console: &Console,
        until: &Cancellation,
    ) -> Result<Ended<Pushed>, Problem> {
        let (source, params) = (&request.resource.source, request.params.as_ref());
        match self.by(&request.resource) {
            By::Time => return time::check().map(|now| built_in(now.into_iter().next().unwrap_or_default())),
            By::Mock => {
                return Ok(match mock::put(source, params, &request.inputs, console)? {
                    Ended::Well(version) => built_in(version),
                    Ended::Badly(status) => Ended::Badly(status),
                });
            }
            By::WorkingTree(_) => {
                return Err(Problem::new(
                    "a put to the repository of this working tree would push from your desk",
                )
                .hint("leave it out with `--skip put`, or run it by hand"));
            }
            By::Process => {}
        }
        let call = Call {
            verb: "out",
            name: &request.name,
            payload: payload(source, params, None),
            environment: &request.environment,
            into: None,
            inputs: &request.inputs,
        };
        match self.call(&request.resource, call, console, until).await? {
            Ended::Badly(status) => Ok(Ended::Badly(status)),
            Ended::Well(answer) => {
                let (version, metadata) = Answer::read(&answer)?;
                if version.is_empty() {
                    return Err(Problem::new("resource script output an empty version"));
                }
                Ok(Ended::Well(Pushed { version, metadata }))
            }
        }
    }

    fn by(&self, resource: &Resource) -> By<'_> {
        let Program::Base(kind) = &resource.program else { return By::Process };
        match (kind.as_str(), self.tree_of(resource)) {
            ("time", _) => By::Time,
            ("mock", _) => By::Mock,
            ("git", Some(tree)) => By::WorkingTree(tree),
            _ => By::Process,
        }
    }

    /// Returns the working tree when it stands in for a resource.
    fn tree_of(&self, resource: &Resource) -> Option<&super::git::WorkingTree> {
        let tree = self.settings.working_tree.as_ref()?;
        let is_named =
            resource.name.as_ref().is_some_and(|name| self.settings.working_tree_for.contains(name));
        let uri = resource.source["uri"].as_str().unwrap_or_default();
        (is_named || tree.is_of(uri)).then_some(tree)
    }
}

/// Does what takes long beside the other steps.
async fn aside<T: Send + 'static>(
    work: impl FnOnce() -> Result<T, Problem> + Send + 'static,
) -> Result<T, Problem> {
    tokio::task::spawn_blocking(work).await.map_err(|error| problem_of("the working tree", error))?
}

/// What a put of a type came to that is built in: it has no facts to tell.
fn built_in(version: Version) -> Ended<Pushed> {
    Ended::Well(Pushed { version, metadata: Vec::new() })
}
