//! The only folder that speaks HTTP to Vault: requests, answers, errors, and where engines are mounted.

mod answer;
mod call;
mod client;
mod error;
mod mounts;
mod path;

pub(crate) use answer::{Answer, Authentication};
pub(crate) use call::Call;
pub(crate) use client::Vault;
pub(crate) use error::VaultError;
pub(crate) use mounts::{Mount, Mounts};
pub use path::{ApiPath, InvalidPath};
