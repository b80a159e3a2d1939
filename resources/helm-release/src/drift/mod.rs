//! Drift: live objects that differ from what the release says, as a server-side dry run sees it.

mod compare;
mod detect;
mod ignore;

pub use detect::{Difference, Drift, NONE, detect};
pub use ignore::DriftIgnore;
