//! Where variables come from at run time: a file, the environment, a Vault, the pipeline's `var_sources`.

mod hiding;
mod vault;

use std::collections::{BTreeMap, HashMap};
use std::sync::{Mutex, MutexGuard, PoisonError};

use pipeline::vars::{Reference, VariableError, Variables, traverse};
use pipeline::yaml::{Map, Node};

use crate::outcome::Problem;

pub use hiding::{hide, hide_text};
pub use vault::{Vault, VaultSettings};

/// A place to look variables up in.
pub enum Manager {
    /// Fixed values: a file, or a `dummy` source.
    Fixed(Map),
    /// The variables of our own environment whose names start so; `-`, `.` and `/` of a name are `_` there.
    Environment {
        /// What the names start with.
        prefix: String,
    },
    /// A Vault or OpenBao, asked as Concourse asks it.
    Vault(Box<Vault>),
}

/// All places to look variables up in. What was found once is not asked for again.
#[derive(Default)]
pub struct Credentials {
    global: Vec<Manager>,
    named: BTreeMap<String, Manager>,
    found: Mutex<Found>,
}

/// What was asked for already, by source and path; nothing for what is nowhere.
type Found = HashMap<(Option<String>, String), Option<Node>>;

impl Manager {
    async fn look_up(&self, path: &str) -> Result<Option<Node>, Problem> {
        match self {
            Self::Fixed(values) => Ok(values.get(path).cloned()),
            Self::Environment { prefix } => {
                let name = path.replace(['-', '.', '/'], "_");
                let value = std::env::var(format!("{prefix}{name}"))
                    .or_else(|_| std::env::var(format!("{prefix}{}", name.to_uppercase())));
                Ok(value.ok().map(|value| Node::string(value, pipeline::Span::default())))
            }
            Self::Vault(vault) => vault.look_up(path).await,
        }
    }
}

impl Credentials {
    /// Returns credentials from places that are asked in this order for variables without a source, and from the
    /// named sources of a pipeline.
    pub fn new(global: Vec<Manager>, named: BTreeMap<String, Manager>) -> Self {
        Self { global, named, found: Mutex::default() }
    }

    /// Asks for a variable, so that filling it in finds it.
    ///
    /// # Errors
    /// A place cannot be asked. That it does not know the variable is no error here.
    pub async fn look_up(&self, reference: &Reference) -> Result<(), Problem> {
        let key = self.key(reference);
        if self.found().contains_key(&key) {
            return Ok(());
        }
        let value = match &key.0 {
            Some(source) => match self.named.get(source) {
                Some(manager) => manager.look_up(&reference.path).await?,
                // Filling in tells that there is no such source.
                None => return Ok(()),
            },
            None => self.look_up_globally(&reference.path).await?,
        };
        if let Some(value) = &value {
            hide(value);
        }
        self.found().insert(key, value);
        Ok(())
    }

    async fn look_up_globally(&self, path: &str) -> Result<Option<Node>, Problem> {
        for manager in &self.global {
            if let Some(value) = manager.look_up(path).await? {
                return Ok(Some(value));
            }
        }
        Ok(None)
    }

    /// Without any named source, the source of a reference is not looked at.
    fn key(&self, reference: &Reference) -> (Option<String>, String) {
        let source = reference.source.clone().filter(|_| !self.named.is_empty());
        (source, reference.path.clone())
    }

    fn found(&self) -> MutexGuard<'_, Found> {
        // Nothing that holds the lock can leave the map half changed.
        self.found.lock().unwrap_or_else(PoisonError::into_inner)
    }
}

impl Variables for Credentials {
    fn get(&self, reference: &Reference) -> Result<Option<Node>, VariableError> {
        let key = self.key(reference);
        if let Some(source) = &key.0
            && !self.named.contains_key(source)
        {
            return Err(VariableError::MissingSource {
                source_name: source.clone(),
                name: reference.to_string(),
            });
        }
        match self.found().get(&key).cloned().flatten() {
            Some(value) => traverse(&value, reference).map(|node| Some(node.clone())),
            None => Ok(None),
        }
    }
}
