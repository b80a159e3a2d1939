//! Drives the built programs as Concourse does: a payload on stdin, a folder as argument, JSON on stdout, text for people
//! on stderr.

mod program;
mod step;

pub use program::program;
pub use step::{Outcome, Resource};
