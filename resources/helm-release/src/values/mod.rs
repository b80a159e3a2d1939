//! Values: merged as Helm merges them, set by Helm's `--set` syntax, gathered from files, artifacts and the cluster.

mod gather;
mod image;
mod merge;
mod set;
mod template;
mod vault;

pub use gather::Gathered;
pub(crate) use gather::{Sources, gather};
pub(crate) use image::repository_and_digest;
pub use merge::{coalesce, merge, set_at};
