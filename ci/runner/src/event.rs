//! What happens while a build runs, told as it happens.

use std::rc::Rc;

use serde::{Deserialize, Serialize};

use crate::outcome::Status;
use crate::plan::{Node, StepId};
use crate::version::{Metadata, Version};

/// Something that happened.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
#[serde(tag = "event", rename_all = "snake_case")]
pub enum Event {
    /// Steps became known: the whole job's at the start, later those of a try or of a combination of values.
    Planned {
        /// The step below which they are; none for the whole job.
        parent: Option<StepId>,
        /// What tells this branch from its siblings: `attempt 2`, `os: linux`. Empty for the whole job.
        label: String,
        /// The steps.
        tree: Tree,
    },
    /// A step started.
    Started {
        /// Which.
        step: StepId,
    },
    /// A step said something.
    Log {
        /// Which.
        step: StepId,
        /// What: whole lines, or a part of one that is long in coming. Secrets are left out.
        text: String,
    },
    /// A step fetched or made a version.
    Version {
        /// Which.
        step: StepId,
        /// The version.
        version: Version,
        /// Facts about it.
        metadata: Vec<Metadata>,
    },
    /// A step ended.
    Finished {
        /// Which.
        step: StepId,
        /// How.
        status: Status,
        /// The exit status of the process it ran to its end.
        #[serde(default, skip_serializing_if = "Option::is_none")]
        exit_status: Option<i32>,
    },
    /// A step was left out, as was asked for.
    Skipped {
        /// Which.
        step: StepId,
    },
}

/// A step and those below it, for who shows them.
#[derive(Clone, Debug, PartialEq, Serialize, Deserialize)]
pub struct Tree {
    /// Its number.
    pub step: StepId,
    /// Its key: `get`, `in_parallel`, `on_failure`.
    pub key: String,
    /// Its name; empty when it has none.
    #[serde(default, skip_serializing_if = "String::is_empty")]
    pub name: String,
    /// The steps below. Of a hook: the step it belongs to, then the one that runs after it.
    #[serde(default, skip_serializing_if = "Vec::is_empty")]
    pub children: Vec<Tree>,
}

/// Somebody who is told of events.
pub trait Listener {
    /// Hears of an event.
    fn hear(&self, event: &Event);
}

/// Everybody who is told of a build's events. Cheap to clone.
#[derive(Clone, Default)]
pub struct Listeners {
    all: Rc<Vec<Rc<dyn Listener>>>,
}

impl Listeners {
    /// Returns listeners who hear in this order.
    pub fn new(all: Vec<Rc<dyn Listener>>) -> Self {
        Self { all: Rc::new(all) }
    }

    /// Tells everybody.
    pub fn tell(&self, event: &Event) {
        self.all.iter().for_each(|listener| listener.hear(event));
    }
}

impl Tree {
    /// Returns the tree of a node.
    pub fn of(node: &Node) -> Self {
        let (key, name) = node.title();
        let children = node.children().into_iter().map(Self::of).collect();
        Self { step: node.id, key: key.into(), name: name.into(), children }
    }

    /// Calls `visit` with this step and all below, from the outside in.
    pub fn walk<'tree>(&'tree self, visit: &mut impl FnMut(&'tree Self)) {
        visit(self);
        self.children.iter().for_each(|child| child.walk(visit));
    }
}
