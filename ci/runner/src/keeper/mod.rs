//! A process that keeps another one, so that nothing of it is ever left behind.
//!
//! The command starts itself anew as a keeper for each process of a step. The keeper makes the mounts that the process
//! sees in a namespace of its own, starts it, passes on what it is told, and when the process has ended, or when who
//! started the keeper is gone, however that came, it kills all that the process started. Mounts go with the namespace.

mod attend;
mod container;
mod control_groups;
mod descendants;
mod inside;
mod launch;
mod listen;
mod mounts;
mod output;
mod protocol;
mod terminal;
mod watch;

pub(crate) use attend::attend;
pub(crate) use container::remove_leftovers;
pub use inside::keep;
pub(crate) use mounts::can_be_named;
pub(crate) use protocol::{Container, Mount, Session, Work};
pub(crate) use watch::{Exit, Keeper, Streams};

/// The word on the command line that makes a process a keeper.
pub const COMMAND: &str = "keep-process";
