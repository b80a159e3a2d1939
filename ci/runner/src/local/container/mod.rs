//! Containers as a worker makes them: own file system by overlay, own PID, mount, IPC and UTS namespaces, a worker's
//! capabilities, the network of this machine.

mod capabilities;
mod config;
mod environment;
mod mounts;
mod plan;
mod seccomp;
mod sight;
mod user;

pub(super) use plan::ContainerPlan;
