//! Runs jobs on this machine: processes, containers by a real runtime, images from a real registry.

mod aborts;
mod again;
mod containers;
mod desk;
mod images;
mod intercept;
mod limits;
mod processes;
mod rootless;
mod speed;
mod working_tree;
