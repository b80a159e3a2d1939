//! Quay's own API, beside the registry that it is: tags with their history, expiry, labels, scans, and the set-up of
//! repositories; and what can be decided from its answers alone.
//!
//! [`Client`] asks for one repository. The shapes are those that a running Quay was seen to answer with; fields that
//! may be absent are read leniently, for Quays of several ages are in use.

mod client;
mod configuration;
mod error;
mod expiry;
mod federation;
mod labels;
mod mirror;
mod repository;
mod retention;
mod scan;
mod scope;
mod settings;
mod tag;
mod tag_list;
mod tags;

pub use client::Client;
pub use configuration::Holder;
pub use error::{Cause, QuayError, Refusal};
pub use expiry::{Expiry, InvalidExpiry, date, duration, moment, now};
pub use labels::{InvalidLabel, Label, check_label_key};
pub use mirror::Mirror;
pub use repository::RepositoryState;
pub use retention::{Plan, Retention};
pub use scan::{
    Counts, Difference, Exception, Finding, Policy, Scan, ScanStatus, Severity, Verdict, markdown, sarif,
    text,
};
pub use scope::Scope;
pub use settings::{Address, Credentials, Settings};
pub use tag::TagRow;
pub use tags::TagQuery;
