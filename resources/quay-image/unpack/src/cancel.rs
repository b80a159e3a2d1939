//! Stopping early.

use std::sync::Arc;
use std::sync::atomic::{AtomicBool, Ordering};

/// A switch that stops an [`unpack`](crate::unpack) in another thread. Clones are the same switch.
#[derive(Clone, Debug, Default)]
pub struct Cancel {
    switch: Arc<AtomicBool>,
    /// The switch of the whole, if this one is for a part of it.
    whole: Option<Arc<AtomicBool>>,
}

impl Cancel {
    /// Returns a switch that is off.
    pub fn new() -> Self {
        Self::default()
    }

    /// Stops the work: nothing is begun any more. What waits for a layer's stream stops when the stream answers or ends.
    pub fn cancel(&self) {
        self.switch.store(true, Ordering::Relaxed);
    }

    /// Returns a switch for a part of the work, which this one stops as well.
    pub(crate) fn of_part(&self) -> Self {
        Self { switch: Arc::default(), whole: Some(Arc::clone(&self.switch)) }
    }

    pub(crate) fn is_cancelled(&self) -> bool {
        let is_on = |switch: &AtomicBool| switch.load(Ordering::Relaxed);
        is_on(&self.switch) || self.whole.as_deref().is_some_and(is_on)
    }
}
