//! Readiness: what each object of a release has come to, progress while it gets there, and why it does not.

mod explain;
mod progress;
mod readiness;
mod survey;

pub use explain::{explain, show_test_logs};
pub use progress::watch;
pub use readiness::{Readiness, State, readiness};
pub use survey::{Survey, survey};
