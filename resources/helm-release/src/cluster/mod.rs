//! How to reach a cluster: whatever the source says becomes one [`Access`], which serves both our client and Helm.

mod access;
mod aks;
mod aws;
mod bastion;
mod choose;
mod client;
mod connection;
mod digitalocean;
mod error;
mod gke;
mod in_cluster;
mod kubeconfig;
mod oidc;
mod pem;
mod renewal;

pub use access::{Access, Identity};
pub use aws::ecr_login;
pub use bastion::tunnel;
pub use choose::{Given, access};
pub use client::{client, of_kubeconfig};
pub use connection::{Connection, connect, required};
pub use error::ApiError;
pub use renewal::{is_renewable, renew};
