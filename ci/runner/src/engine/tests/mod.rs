//! The rules of steps, with an executor that only pretends.

mod artifacts;
mod hooks;
mod order;
mod pretend;
mod variables;
