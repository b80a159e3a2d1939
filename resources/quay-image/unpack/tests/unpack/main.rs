//! Layers in, folders out.

mod attributes;
mod compression;
mod following;
mod hostile;
mod layering;
mod limits;
mod model;
mod snapshot;
mod stacks;
mod support;
