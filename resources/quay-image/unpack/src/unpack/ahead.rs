//! Layers that are read ahead of their use.

use std::collections::VecDeque;

use crate::open_layer::{Budget, OpenLayer};
use crate::{Cancel, Layers, UnpackError};

/// The most layers that are read at once, the one that is written included. Each costs a few megabytes of memory.
pub const MOST_OPEN_LAYERS: usize = 3;

/// Hands out the layers, the highest first, and reads the next ones meanwhile.
pub(super) struct Ahead<'a, L> {
    layers: &'a L,
    open: VecDeque<(usize, OpenLayer)>,
    /// How many layers, the lowest ones, have not been opened.
    unopened: usize,
    budget: Budget,
    cancel: &'a Cancel,
}

impl<'a, L: Layers> Ahead<'a, L> {
    pub(super) fn new(layers: &'a L, max_size: u64, cancel: &'a Cancel) -> Self {
        let unopened = layers.count();
        Self { layers, open: VecDeque::new(), unopened, budget: Budget::new(max_size), cancel }
    }

    /// Returns the next layer's number and archive.
    pub(super) fn next(&mut self) -> Result<Option<(usize, OpenLayer)>, UnpackError> {
        while self.open.len() < MOST_OPEN_LAYERS && self.unopened > 0 {
            self.unopened -= 1;
            let layer = self.open(self.unopened, self.budget.clone())?;
            self.open.push_back((self.unopened, layer));
        }
        Ok(self.open.pop_front())
    }

    /// Opens a layer that was read already, whose size was found good.
    pub(super) fn again(&self, layer: usize) -> Result<OpenLayer, UnpackError> {
        self.open(layer, Budget::new(u64::MAX))
    }

    fn open(&self, layer: usize, budget: Budget) -> Result<OpenLayer, UnpackError> {
        OpenLayer::open(self.layers, layer, budget, self.cancel.clone())
    }
}
