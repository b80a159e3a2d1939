//! The pipelines that users take: linted as they stand, and run from a commit to production.

mod builder;
mod delivery;
mod faults;
mod how_to;
mod linted;
mod operation;
mod own;
mod place;
mod review;
mod rotation;
mod services;
mod tasks;
mod tutorial;
mod webhook;
