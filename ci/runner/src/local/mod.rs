//! Runs steps on this machine: our own resource types as processes, tasks and other types in containers.

mod base_image;
mod call;
mod container;
mod copy;
mod exchange;
mod executor;
mod folder;
mod git;
mod home;
mod kept;
mod mock;
mod native;
mod place;
mod remove;
mod repository;
mod resource;
mod runtime;
mod settings;
mod step_folder;
mod store;
mod task;
mod task_folders;
mod time;

pub use copy::keep_artifact;
pub use executor::Local;
pub use folder::{Selection, take_folder};
pub use git::WorkingTree;
pub use home::Home;
pub use kept::{Kept, intercept, intercepted, remove_leftovers};
pub use remove::remove_steps;
pub use runtime::{Chosen, Runtime, RuntimeChoice};
pub use settings::Settings;
