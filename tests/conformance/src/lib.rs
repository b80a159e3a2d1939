//! Small pipelines, each with what Concourse makes of it.
//!
//! A case is a file in `cases/`: a pipeline, and in a second document, which Concourse does not read, what is expected.
//! [`Quayside`] and [`Peer`], a real Concourse, run cases; [`Case::differences`] says where what they saw is not as expected.

mod case;
mod image;
mod peer;
mod quayside;
mod seen;

pub use case::{Case, Needs};
pub use image::push_image;
pub use peer::Peer;
pub use quayside::{Quayside, Runtime};
pub use seen::Seen;
