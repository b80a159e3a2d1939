//! Logging in to Vault: one file per method.

mod approle;
mod aws;
mod certificate;
mod jwt;
mod keys;
mod login;
mod password;
mod wrapped;

pub use keys::LoginKeys;
pub(crate) use login::Login;
