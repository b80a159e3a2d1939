//! The Concourse resource protocol, written once.
//!
//! A resource implements [`Resource`] and calls [`run`] from `main`. The kit reads the payload, refuses what the
//! resource does not know, keeps secrets out of everything that is printed, reports progress, retries HTTP, writes
//! files safely, undoes what must be undone on abort, and prints the one JSON document that Concourse reads.
//!
//! The protocol itself: <https://concourse-ci.org/implementing-resource-types.html>.

pub mod build;
pub mod child;
mod dispatch;
mod error;
pub mod files;
pub mod http;
pub mod input;
mod metadata;
pub mod redact;
pub mod report;
mod resource;
mod retry_for;
pub mod schema;
mod secret;
mod span;
mod step;
mod text;

pub use dispatch::run;
pub use error::{Context, Error, Result};
pub use files::{Destination, Inputs};
pub use metadata::Metadata;
pub use resource::{Fetched, Pushed, Resource};
pub use retry_for::RetryFor;
pub use secret::Secret;
pub use span::Span;
pub use step::{Deferred, Step};
pub use text::{Flag, Text};
