//! The steps of a job as a tree in which every step has a number.
//!
//! `attempts` and `across` grow at run time, since only then is known what is below them.

use std::cell::Cell;

use pipeline::model::{
    AcrossStep, GetStep, HookKind, Hooks, Job, LoadVarStep, PutStep, RunStep, SetPipelineStep, Step,
    StepConfig, TaskStep,
};
use serde::{Deserialize, Serialize};

/// The number of a step within its run.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct StepId(pub u32);

/// A step and those below it.
#[derive(Clone, Debug)]
pub struct Node {
    /// Its number.
    pub id: StepId,
    /// What it does.
    pub kind: Kind,
}

/// What a step does.
#[derive(Clone, Debug)]
pub enum Kind {
    /// Fetches a version.
    Get(GetStep),
    /// Fetches the version that a put just made.
    GetAfterPut(PutStep),
    /// Makes a version; `get` follows unless the step says no.
    Put(PutStep, Option<Box<Node>>),
    /// Runs a command.
    Task(Box<TaskStep>),
    /// Sends a message to a prototype.
    Run(RunStep),
    /// Sets a pipeline.
    SetPipeline(SetPipelineStep),
    /// Reads a file into a variable.
    LoadVar(LoadVarStep),
    /// Succeeds whatever comes of the step.
    Try(Box<Node>),
    /// One after the other.
    Do(Vec<Node>),
    /// At the same time.
    InParallel {
        /// The steps.
        steps: Vec<Node>,
        /// How many at once; zero is all.
        limit: usize,
        /// Whether the first failure stops the others.
        fail_fast: bool,
    },
    /// Once for each combination of values.
    Across(Box<AcrossStep>),
    /// With a time to end in.
    Timeout {
        /// How long, as Go writes durations.
        duration: String,
        /// The step.
        step: Box<Node>,
    },
    /// Several tries.
    Attempts {
        /// How many.
        attempts: i64,
        /// The step, numbered anew for each try.
        step: Box<StepConfig>,
    },
    /// Another step after a step.
    Hook {
        /// When.
        when: HookKind,
        /// The step that runs first.
        step: Box<Node>,
        /// The step that runs after it.
        hook: Box<Node>,
    },
}

/// Gives steps their numbers.
#[derive(Debug, Default)]
pub struct Numbering {
    next: Cell<u32>,
}

impl Numbering {
    /// Returns a number that no other step has.
    pub(crate) fn next(&self) -> StepId {
        let id = self.next.get();
        self.next.set(id + 1);
        StepId(id)
    }

    /// Returns the tree of a job: its plan with the job's hooks around it.
    pub fn job(&self, job: &Job) -> Node {
        let plan = Node { id: self.next(), kind: Kind::Do(self.steps(&job.plan)) };
        self.with_hooks(plan, &job.hooks)
    }

    /// Returns the tree of a single step.
    pub fn step(&self, config: &StepConfig) -> Node {
        let id = self.next();
        let below = |config: &StepConfig| Box::new(self.step(config));
        let kind = match config {
            StepConfig::Get(step) => Kind::Get(step.clone()),
            StepConfig::Put(step) => {
                let get =
                    step.gets().then(|| Node { id: self.next(), kind: Kind::GetAfterPut(step.clone()) });
                Kind::Put(step.clone(), get.map(Box::new))
            }
            StepConfig::Task(step) => Kind::Task(step.clone()),
            StepConfig::Run(step) => Kind::Run(step.clone()),
            StepConfig::SetPipeline(step) => Kind::SetPipeline(step.clone()),
            StepConfig::LoadVar(step) => Kind::LoadVar(step.clone()),
            StepConfig::Try(step) => Kind::Try(below(&step.step.config)),
            StepConfig::Do(step) => Kind::Do(self.steps(&step.steps)),
            StepConfig::InParallel(step) => Kind::InParallel {
                steps: self.steps(&step.steps),
                limit: usize::try_from(step.limit).unwrap_or(0),
                fail_fast: step.fail_fast,
            },
            StepConfig::Across(step) => Kind::Across(Box::new(step.clone())),
            StepConfig::Timeout(step) => {
                Kind::Timeout { duration: step.duration.value.clone(), step: below(&step.step) }
            }
            StepConfig::Attempts(step) => {
                Kind::Attempts { attempts: *step.attempts, step: step.step.clone() }
            }
            StepConfig::Hook(step) => {
                Kind::Hook { when: step.kind, step: below(&step.step), hook: below(&step.hook.config) }
            }
        };
        Node { id, kind }
    }

    fn steps(&self, steps: &[Step]) -> Vec<Node> {
        steps.iter().map(|step| self.step(&step.config)).collect()
    }

    fn with_hooks(&self, plan: Node, hooks: &Hooks) -> Node {
        hooks.iter().fold(plan, |inner, (when, hook)| {
            let hook = Box::new(self.step(&hook.config));
            Node { id: self.next(), kind: Kind::Hook { when, step: Box::new(inner), hook } }
        })
    }
}

impl Node {
    /// Returns what the step is called where steps are listed: its key, and its name if it has one.
    pub fn title(&self) -> (&'static str, &str) {
        match &self.kind {
            Kind::Get(step) => ("get", &step.name),
            Kind::GetAfterPut(step) => ("get", &step.name),
            Kind::Put(step, _) => ("put", &step.name),
            Kind::Task(step) => ("task", &step.name),
            Kind::Run(step) => ("run", &step.message),
            Kind::SetPipeline(step) => ("set_pipeline", &step.name),
            Kind::LoadVar(step) => ("load_var", &step.name),
            Kind::Try(_) => ("try", ""),
            Kind::Do(_) => ("do", ""),
            Kind::InParallel { .. } => ("in_parallel", ""),
            Kind::Across(_) => ("across", ""),
            Kind::Timeout { duration, .. } => ("timeout", duration),
            Kind::Attempts { .. } => ("attempts", ""),
            Kind::Hook { when, .. } => (when.key(), ""),
        }
    }

    /// Returns the steps right below that are known before the step runs.
    pub fn children(&self) -> Vec<&Node> {
        match &self.kind {
            Kind::Put(_, get) => get.iter().map(|node| &**node).collect(),
            Kind::Try(step) | Kind::Timeout { step, .. } => vec![&**step],
            Kind::Do(steps) | Kind::InParallel { steps, .. } => steps.iter().collect(),
            Kind::Hook { step, hook, .. } => vec![&**step, &**hook],
            _ => Vec::new(),
        }
    }
}
