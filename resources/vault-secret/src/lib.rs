//! Concourse resource type: secrets in Vault and OpenBao.
//!
//! - `check` tells versions: KV 2's own, keyed digests of what has none, periods of time for credentials that are made
//!   on request. It never makes a credential.
//! - `get` fetches secrets, or has credentials made, and writes them as the user wants them.
//! - `put` writes, deletes and restores secrets, has them rotated or issued, and renews or revokes leases.
//!
//! One login serves a step, and ends with it.

mod auth;
mod certificate;
mod check;
mod digest;
mod engines;
mod get;
mod lease;
mod missing;
mod output;
mod params;
mod private_key;
mod put;
mod random;
mod resource;
mod secret;
mod selection;
mod session;
mod source;
mod variable_name;
mod vault;
mod version;

pub use auth::LoginKeys;
pub use params::{GetParams, Keys, PutParams};
pub use resource::VaultSecret;
pub use source::Source;
pub use vault::{ApiPath, InvalidPath};
pub use version::Version;

/// How many secrets are asked for at once. Vault speaks HTTP/1.1 without TLS, so this is also the number of
/// connections; five hundred secrets at 20 ms take eight round trips each of which is full.
pub(crate) const CONCURRENT_REQUESTS: usize = 64;
