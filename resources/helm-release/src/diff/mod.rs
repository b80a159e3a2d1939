//! The difference between two sets of rendered objects, shown without what is secret in them.

mod difference;
mod gate;
mod text;

pub use difference::{Change, Difference};
pub use gate::violations;
pub use text::Context;
