//! Small pipelines, each with what Concourse makes of it.
//!
//! A case is a file in `cases/`: a pipeline, and in a second document, which Concourse does not read, what is expected.
//! [`Quayside`] and [`Concourse`] run cases; [`Case::differences`] says where what they saw is not as expected.

mod case;
mod concourse;
mod image;
mod quayside;
mod seen;

pub use case::{Case, Needs};
pub use concourse::Concourse;
pub use image::push_image;
pub use quayside::{Quayside, Runtime};
pub use seen::Seen;
