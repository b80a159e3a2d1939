//! Files of a step: what it reads from its inputs, and what it writes to its destination.

mod destination;
mod inputs;

pub use destination::{Destination, Staged};
pub use inputs::Inputs;
