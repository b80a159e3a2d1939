//! What a step sees of its build.

use std::collections::{HashMap, HashSet};
use std::rc::Rc;
use std::sync::Arc;

use pipeline::vars::Scope;

use super::Build;
use crate::artifacts::Artifacts;
use crate::outcome::Status;

/// What a step sees: the variables and artifacts of its scope, and what it runs after. Cheap to clone.
#[derive(Clone)]
pub(super) struct State {
    pub(super) scope: Arc<Scope>,
    pub(super) artifacts: Artifacts,
    /// How the step ended that this one is a hook of. `ensure` does not know.
    pub(super) hook_of: Option<Status>,
    /// Names of gets as the pipeline has them, by what `across` made of them.
    pub(super) renamed: Rc<HashMap<String, String>>,
}

/// Steps that are left out, as was asked for.
#[derive(Clone, Debug, Default)]
pub struct Skips {
    /// All puts.
    pub puts: bool,
    /// Steps by their names.
    pub names: HashSet<String>,
}

impl State {
    pub(super) fn new(build: &Build) -> Self {
        let credentials: Arc<dyn pipeline::vars::Variables + Send + Sync> = build.credentials.clone();
        Self {
            scope: Scope::new(credentials),
            artifacts: Artifacts::default(),
            hook_of: None,
            renamed: Rc::default(),
        }
    }

    /// Returns a scope within this one.
    pub(super) fn child(&self) -> Self {
        Self { scope: self.scope.child(), artifacts: self.artifacts.child(), ..self.clone() }
    }

    /// Returns the same scope for a hook that runs after a step that ended so.
    pub(super) fn after(&self, status: Status) -> Self {
        Self { hook_of: Some(status), ..self.clone() }
    }
}
