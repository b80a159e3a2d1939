//! Runs Concourse jobs and tasks on this machine, with Concourse's semantics.
//!
//! - [`engine`] knows what steps mean, and asks an [`executor`] to do what they say;
//! - [`local`] is the executor of this machine, whose processes a [`keeper`] keeps;
//! - [`event`] tells what happens while it happens, and [`report`] shows it;
//! - [`scheduling`] chooses versions, by what [`state`] remembers of earlier runs.
//!
//! The library prints nothing itself.

mod artifacts;
pub mod build;
pub mod cancellation;
pub mod console;
pub mod engine;
pub mod event;
pub mod executor;
mod image_metadata;
pub mod instance;
pub mod keeper;
pub mod local;
pub mod outcome;
pub mod plan;
pub mod report;
pub mod scheduling;
pub mod secrets;
pub mod state;
pub mod version;
pub mod volume;
