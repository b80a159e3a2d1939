//! What Vault's engines are asked and what they answer.

mod access;
mod engine;
pub(crate) mod kv2;
mod request;

pub(crate) use access::{Access, Place, locate, unknown_mount};
pub(crate) use engine::Engine;
pub(crate) use request::{Given, Lease, ask};
