//! Runs the steps of a job as Concourse does.
//!
//! The engine knows what steps mean: in which order they run, which hooks follow, what artifacts and variables they
//! see, how they end. What a step really does is an [`Executor`]'s part, so that the rules are tested without one.

mod across;
mod attempts;
mod check;
mod fill;
mod get;
mod hooks;
mod image;
mod leaf;
mod load_var;
mod parallel;
mod put;
mod resource;
mod set_pipeline;
mod state;
mod task;
mod task_config;
#[cfg(test)]
mod tests;
mod timeout;

use std::cell::RefCell;
use std::collections::HashMap;
use std::rc::Rc;
use std::sync::Arc;

use futures_util::FutureExt;
use futures_util::future::LocalBoxFuture;
use pipeline::model::Pipeline;

use crate::build::BuildMetadata;
use crate::cancellation::Cancellation;
use crate::event::{Event, Listeners, Tree};
use crate::executor::Executor;
use crate::outcome::{Outcome, Problem, Verdict};
use crate::plan::{Kind, Node, Numbering};
use crate::secrets::Credentials;
use crate::version::Version;
use crate::volume::Volume;
use state::State;

pub use state::Skips;
pub(crate) use task::resolve_path;

/// What a build needs to know before it starts.
pub struct Build {
    /// The pipeline, its variables filled in as when it was set.
    pub pipeline: Pipeline,
    /// The same as a text, which `set_pipeline: self` compares with.
    pub pipeline_text: String,
    /// What its resources are told of it.
    pub metadata: BuildMetadata,
    /// What its gets fetch, by the names of the steps.
    pub inputs: HashMap<String, Input>,
    /// Steps to leave out.
    pub skips: Skips,
    /// Where variables come from at run time.
    pub credentials: Arc<Credentials>,
}

/// What a get fetches.
#[derive(Clone, Debug, PartialEq)]
pub enum Input {
    /// A version of its resource.
    Version(Version),
    /// No version: this folder stands in its place.
    Folder(Volume),
}

/// A version that a step of the build made.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Made {
    /// The resource's name.
    pub resource: String,
    /// The version.
    pub version: Version,
}

/// What is left of a build when it has ended.
#[derive(Debug)]
pub struct Ran {
    /// How it ended.
    pub outcome: Outcome,
    /// The versions that its puts made.
    pub made: Vec<Made>,
    /// Its artifacts.
    pub artifacts: std::collections::BTreeMap<String, Volume>,
}

/// Runs one build.
pub struct Engine<E> {
    executor: E,
    build: Build,
    listeners: Listeners,
    numbering: Numbering,
    made: RefCell<Vec<Made>>,
}

impl<E: Executor> Engine<E> {
    /// Prepares a build. Nothing runs yet.
    pub fn new(executor: E, build: Build, listeners: Listeners) -> Self {
        Self { executor, build, listeners, numbering: Numbering::default(), made: RefCell::default() }
    }

    /// Returns who really runs things.
    pub fn executor(&self) -> &E {
        &self.executor
    }

    /// Says what the gets of the build fetch, by the names of the steps, when that was found out by checks.
    pub fn set_inputs(&mut self, inputs: HashMap<String, Input>) {
        self.build.inputs = inputs;
    }

    /// Runs a job of the pipeline.
    ///
    /// # Errors
    /// There is no such job.
    pub async fn run_job(&self, job: &str, until: &Cancellation) -> Result<Ran, Problem> {
        let job = self.build.pipeline.job(job);
        let job = job.ok_or_else(|| Problem::new("the pipeline has no such job"))?;
        let root = self.numbering.job(job);
        Ok(self.run_tree(&root, State::new(&self.build), until).await)
    }

    /// Runs a single step, with artifacts that are there already.
    pub async fn run_step(
        &self,
        step: &pipeline::model::StepConfig,
        artifacts: impl IntoIterator<Item = (String, Volume)>,
        until: &Cancellation,
    ) -> Ran {
        let root = self.numbering.step(step);
        let state = State::new(&self.build);
        artifacts.into_iter().for_each(|(name, volume)| state.artifacts.register(name, volume));
        self.run_tree(&root, state, until).await
    }

    async fn run_tree(&self, root: &Node, state: State, until: &Cancellation) -> Ran {
        self.listeners.tell(&Event::Planned { parent: None, label: String::new(), tree: Tree::of(root) });
        let outcome = self.run(root, &state, until).await;
        let made = self.made.borrow().clone();
        Ran { outcome, made, artifacts: state.artifacts.all() }
    }

    /// Runs a step and those below it.
    fn run<'run>(
        &'run self,
        node: &'run Node,
        state: &'run State,
        until: &'run Cancellation,
    ) -> LocalBoxFuture<'run, Outcome> {
        async move {
            match &node.kind {
                Kind::Do(steps) => self.one_after_the_other(steps, state, until).await,
                Kind::InParallel { steps, limit, fail_fast } => {
                    self.in_parallel(steps, *limit, *fail_fast, state, until).await
                }
                Kind::Try(step) => succeeded_unless_stopped(self.run(step, state, until).await),
                Kind::Timeout { duration, step } => self.in_time(duration, step, state, until).await,
                Kind::Attempts { attempts, step } => {
                    self.attempts(node.id, *attempts, step, state, until).await
                }
                Kind::Across(step) => self.across(node.id, step, state, until).await,
                Kind::Hook { when, step, hook } => self.hook(*when, step, hook, state, until).await,
                Kind::Put(step, get) => self.put_and_get(node, step, get.as_deref(), state, until).await,
                _ => self.leaf(node, state, until).await,
            }
        }
        .boxed_local()
    }

    async fn one_after_the_other(&self, steps: &[Node], state: &State, until: &Cancellation) -> Outcome {
        for step in steps {
            if !self.run(step, state, until).await?.is_success() {
                return Ok(Verdict::Failed);
            }
        }
        Ok(Verdict::Succeeded)
    }
}

/// What `try` makes of an outcome: only an abort goes through.
fn succeeded_unless_stopped(outcome: Outcome) -> Outcome {
    match outcome {
        Err(problem) if problem.is_interruption() => Err(problem),
        _ => Ok(Verdict::Succeeded),
    }
}

/// A console of a step that several of its parts write to.
type SharedConsole = Rc<crate::console::Console>;
