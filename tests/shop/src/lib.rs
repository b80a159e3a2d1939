//! A small service and the servers that take it to production: for the acceptance tests, the demo, and whoever has a
//! Concourse.
//!
//! [`Service`] is its git repository, made on the spot. [`Servers`] are a registry with auth for the images it is built
//! on, the stub of Quay with the real registry behind it, a Vault and a cluster. A [`Shop`] is both, with the variables of
//! `pipelines/build-to-deploy` and ways to run its jobs by `quayside`.
//!
//! Clients in containers reach the servers after [`stack::listen_on`], called before the first is started.

pub mod encodings;
mod ended;
mod files;
mod run;
mod secrets;
mod servers;
mod service;
mod shop;
mod variables;

pub use ended::Ended;
pub use secrets::Secrets;
pub use servers::{Kind, REPOSITORY, Servers};
pub use service::{Service, URI};
pub use shop::{Shop, repository};
pub use variables::empty_tools_image;
