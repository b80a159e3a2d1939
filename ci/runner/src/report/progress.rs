//! How far each step has come.

use std::collections::BTreeMap;
use std::time::Duration;

use super::ansi::plain;
use crate::event::{Event, Tree};
use crate::outcome::Status;
use crate::plan::StepId;
use crate::version::Version;

/// A step, as it is shown.
#[derive(Clone, Debug)]
pub struct Shown {
    /// Its key: `get`, `in_parallel`, `on_failure`.
    pub key: String,
    /// Its name; empty when it has none.
    pub name: String,
    /// What tells the branch it starts from its siblings: `attempt 2`. Empty for most.
    pub label: String,
    /// How far it has come.
    pub condition: Condition,
    /// The version it fetched or made.
    pub version: Option<Version>,
    /// The steps below.
    pub children: Vec<StepId>,
    /// The step above.
    pub parent: Option<StepId>,
}

/// How far a step has come. Times are since the start of the run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Condition {
    /// It has not started.
    Waiting,
    /// It runs.
    Running {
        /// When it started.
        since: Duration,
    },
    /// It has ended.
    Ended {
        /// How.
        status: Status,
        /// How long it took.
        took: Duration,
        /// The exit status of its process.
        exit_status: Option<i32>,
    },
    /// It was left out.
    Skipped,
}

/// All steps of a run.
#[derive(Clone, Debug, Default)]
pub struct Progress {
    steps: BTreeMap<StepId, Shown>,
    roots: Vec<StepId>,
}

impl Progress {
    /// Takes an event in.
    pub fn hear(&mut self, event: &Event, now: Duration) {
        match event {
            Event::Planned { parent, label, tree } => self.plan(*parent, label, tree),
            Event::Started { step } => self.set(*step, Condition::Running { since: now }),
            Event::Skipped { step } => self.set(*step, Condition::Skipped),
            Event::Finished { step, status, exit_status } => {
                let since = match self.steps.get(step).map(|shown| shown.condition) {
                    Some(Condition::Running { since }) => since,
                    _ => now,
                };
                let took = now.saturating_sub(since);
                self.set(*step, Condition::Ended { status: *status, took, exit_status: *exit_status });
            }
            Event::Version { step, version, .. } => {
                if let Some(shown) = self.steps.get_mut(step) {
                    shown.version = Some(version.clone());
                }
            }
            Event::Log { .. } => {}
        }
    }

    /// Returns the steps at the top, in the order in which they became known.
    pub fn roots(&self) -> &[StepId] {
        &self.roots
    }

    /// Returns a step.
    pub fn step(&self, id: StepId) -> Option<&Shown> {
        self.steps.get(&id)
    }

    /// Returns all steps, in the order of their numbers.
    pub fn steps(&self) -> impl Iterator<Item = (StepId, &Shown)> {
        self.steps.iter().map(|(id, shown)| (*id, shown))
    }

    /// Returns what a step is called among all others: `task unit`, `task unit (attempt 2)`.
    pub fn title(&self, id: StepId) -> String {
        let Some(shown) = self.steps.get(&id) else { return format!("step {}", id.0) };
        let mut labels: Vec<&str> = Vec::new();
        let mut next = Some(id);
        while let Some(shown) = next.and_then(|id| self.steps.get(&id)) {
            if !shown.label.is_empty() {
                labels.push(&shown.label);
            }
            next = shown.parent;
        }
        labels.reverse();
        match labels.is_empty() {
            true => shown.title(),
            false => format!("{} ({})", shown.title(), labels.join(", ")),
        }
    }

    fn plan(&mut self, parent: Option<StepId>, label: &str, tree: &Tree) {
        match parent.and_then(|parent| self.steps.get_mut(&parent)) {
            Some(parent) => parent.children.push(tree.step),
            None => self.roots.push(tree.step),
        }
        self.add(parent, label, tree);
    }

    fn add(&mut self, parent: Option<StepId>, label: &str, tree: &Tree) {
        let shown = Shown {
            key: tree.key.clone(),
            // Pipelines can be anybody's: no name may move the cursor.
            name: plain(&tree.name),
            label: plain(label),
            condition: Condition::Waiting,
            version: None,
            children: tree.children.iter().map(|child| child.step).collect(),
            parent,
        };
        self.steps.insert(tree.step, shown);
        tree.children.iter().for_each(|child| self.add(Some(tree.step), "", child));
    }

    fn set(&mut self, step: StepId, condition: Condition) {
        if let Some(shown) = self.steps.get_mut(&step) {
            shown.condition = condition;
        }
    }
}

impl Shown {
    /// Returns key and name.
    pub fn title(&self) -> String {
        match self.name.is_empty() {
            true => self.key.clone(),
            false => format!("{} {}", self.key, self.name),
        }
    }

    /// Returns whether the step does something itself, instead of having others do it.
    pub fn acts(&self) -> bool {
        matches!(self.key.as_str(), "get" | "put" | "task" | "run" | "set_pipeline" | "load_var" | "check")
    }
}
