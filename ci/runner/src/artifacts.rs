//! The artifacts of a build, by name.

use std::collections::BTreeMap;
use std::sync::{Arc, Mutex, MutexGuard, PoisonError};

use crate::volume::Volume;

/// The artifacts that a scope sees: its own, and behind them those further out.
#[derive(Clone, Debug, Default)]
pub(crate) struct Artifacts {
    scope: Arc<Scope>,
}

#[derive(Debug, Default)]
struct Scope {
    parent: Option<Artifacts>,
    own: Mutex<BTreeMap<String, Volume>>,
}

impl Artifacts {
    /// Returns a scope within this one; what it registers stays its own.
    pub(crate) fn child(&self) -> Self {
        Self { scope: Arc::new(Scope { parent: Some(self.clone()), own: Mutex::default() }) }
    }

    /// Registers an artifact; an earlier one of that name is replaced.
    pub(crate) fn register(&self, name: impl Into<String>, volume: Volume) {
        self.own().insert(name.into(), volume);
    }

    /// Returns the artifact of a name.
    pub(crate) fn get(&self, name: &str) -> Option<Volume> {
        let own = self.own().get(name).cloned();
        own.or_else(|| self.scope.parent.as_ref().and_then(|parent| parent.get(name)))
    }

    /// Returns all artifacts that are seen here.
    pub(crate) fn all(&self) -> BTreeMap<String, Volume> {
        let mut all = self.scope.parent.as_ref().map(Self::all).unwrap_or_default();
        all.extend(self.own().iter().map(|(name, volume)| (name.clone(), volume.clone())));
        all
    }

    fn own(&self) -> MutexGuard<'_, BTreeMap<String, Volume>> {
        // Nothing that holds the lock can leave the map half changed.
        self.scope.own.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
