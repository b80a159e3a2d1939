//! Rendered objects: what a release's manifest holds, which images it names, what in it is secret.

mod apply;
mod images;
mod kinds;
mod mask;
mod object;
mod target;

pub use apply::Applied;
pub use images::images;
pub use kinds::Kinds;
pub use mask::{MASK, Mask};
pub use object::{Object, ObjectKey, objects};
pub use target::Target;
