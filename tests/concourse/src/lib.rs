//! Drives a real Concourse through `fly`, for tests that must be seen there too.
//!
//! The environment names the Concourse, or the binaries to start one from; where it names none, [`Concourse::from_environment`] gives nothing and the test
//! says that it was skipped. `docs/concourse.md` lists the variables.

mod build;
mod events;
mod fly;
mod images;
mod pipeline;
mod place;
mod server;

pub use build::{Build, Status};
pub use events::{Events, Outcome, Step};
pub use images::image;
pub use pipeline::Pipeline;
pub use place::Concourse;
