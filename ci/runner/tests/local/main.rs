//! Runs jobs on this machine: processes, containers by a real runtime, images from a real registry.

mod aborts;
mod desk;
mod processes;
