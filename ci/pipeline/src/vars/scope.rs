//! The variables of a running build.

use std::collections::BTreeSet;
use std::sync::{Arc, Mutex, PoisonError};

use super::{Reference, StaticVariables, VariableError, Variables};
use crate::yaml::{Entry, Map, Node, Value};

/// Local variables of a build, and behind them the credentials.
///
/// `load_var`, `across` and the metadata of gets set variables here, asked for as `((.:name))`. A child
/// scope sees its parents'; what it sets stays its own. All values of credentials and of variables that
/// were not revealed are remembered, so that logs can leave them out.
pub struct Scope {
    parent: Parent,
    state: Mutex<State>,
}

enum Parent {
    Scope(Arc<Scope>),
    Credentials(Arc<dyn Variables + Send + Sync>),
}

#[derive(Default)]
struct State {
    local: StaticVariables,
    secrets: BTreeSet<String>,
}

impl Scope {
    /// Returns the outermost scope of a build.
    pub fn new(credentials: Arc<dyn Variables + Send + Sync>) -> Arc<Self> {
        Arc::new(Self { parent: Parent::Credentials(credentials), state: Mutex::default() })
    }

    /// Returns a scope within this one.
    pub fn child(self: &Arc<Self>) -> Arc<Self> {
        Arc::new(Self { parent: Parent::Scope(Arc::clone(self)), state: Mutex::default() })
    }

    /// Sets a local variable. With `redact`, all text in its value is remembered as secret.
    pub fn set(&self, name: &str, value: Node, redact: bool) {
        let mut state = self.lock();
        if redact {
            state.remember(&value);
        }
        let mut values: Map = state.local.values().clone();
        values.insert(Entry::new(name, value));
        state.local = StaticVariables::new(values);
    }

    /// Returns whether a local variable is set here or further out.
    pub fn has_local(&self, name: &str) -> bool {
        self.lock().local.values().contains(name)
            || matches!(&self.parent, Parent::Scope(parent) if parent.has_local(name))
    }

    /// Returns the texts that must not appear in logs, of this scope and those around it.
    pub fn secrets(&self) -> Vec<String> {
        let mut secrets: Vec<String> = self.lock().secrets.iter().cloned().collect();
        if let Parent::Scope(parent) = &self.parent {
            secrets.extend(parent.secrets());
        }
        secrets
    }

    fn lock(&self) -> std::sync::MutexGuard<'_, State> {
        // Nothing that holds the lock can leave the state half changed.
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl State {
    fn remember(&mut self, value: &Node) {
        value.walk(&mut |node| {
            if let Value::String(text) = &node.value {
                self.secrets.insert(text.clone());
            }
        });
    }
}

impl Variables for Scope {
    fn get(&self, reference: &Reference) -> Result<Option<Node>, VariableError> {
        if reference.source.as_deref() == Some(".")
            && let Some(value) = self.lock().local.get(&reference.without_source())?
        {
            return Ok(Some(value));
        }
        match &self.parent {
            Parent::Scope(parent) => parent.get(reference),
            Parent::Credentials(credentials) => {
                let found = credentials.get(reference)?;
                if let Some(value) = &found {
                    self.lock().remember(value);
                }
                Ok(found)
            }
        }
    }
}
