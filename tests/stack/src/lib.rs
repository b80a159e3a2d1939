//! Real servers for tests, the demo and the benchmarks: started on free loopback ports, one handle per server.
//!
//! A handle's constructor returns when its server answers, and panics with the server's last words when it does not.
//! Dropping the handle stops the server by its own process id and removes its folder. A test process that is killed,
//! by whatever signal, takes its servers with it; folders that it left are swept by the next one.
//!
//! Everything blocks and may be called from plain tests as well as from inside an async runtime.

mod address;
mod authority;
mod binary;
mod door;
pub mod fault_proxy;
mod folder;
mod git_server;
pub mod image;
mod kubernetes;
mod port;
mod postgres;
mod process;
mod processes;
pub mod quay_stub;
pub mod registry;
mod runtime;
mod serve;
mod vault;
mod web;

pub use address::listen_on;
pub use authority::{Authority, Identity};
pub use binary::binary;
pub use door::Door;
pub use fault_proxy::{Fault, FaultProxy, On};
pub use folder::Folder;
pub use git_server::GitServer;
pub use kubernetes::Kubernetes;
pub use port::Port;
pub use postgres::Postgres;
pub use process::Process;
pub use processes::{children_of, processes_with};
pub use quay_stub::QuayStub;
pub use registry::Registry;
pub use vault::Vault;
