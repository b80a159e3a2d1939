//! The pipelines that users take: linted as they stand, and run from a commit to production.

mod delivery;
mod faults;
mod linted;
mod operation;
mod place;
mod services;
mod tasks;
mod tutorial;
mod webhook;
