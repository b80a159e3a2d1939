//! Credentials that engines make.

pub(crate) mod database;
mod kubernetes;
pub(crate) mod pki;
mod ssh;
mod totp;
mod transit;
