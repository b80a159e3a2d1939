//! Where Quay is and who asks.

use kit::Secret;
use kit::http::{Retry, Url};

/// How to talk to Quay's API.
#[derive(Clone, Debug)]
pub struct Settings {
    /// Where the API is.
    pub address: Address,
    /// The repository: `organisation/name`.
    pub repository: String,
    /// Accept any certificate.
    pub insecure: bool,
    /// PEM certificates to trust beside the system's. Each text may hold several.
    pub ca_certs: Vec<String>,
    /// Who asks.
    pub credentials: Credentials,
    /// How long what fails for now is tried again.
    pub retry: Retry,
}

/// Where the API is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// The URL below which `/api/v1` lies, path prefix included.
    Url(Url),
    /// The registry's own host, which speaks HTTPS.
    Host(String),
    /// The registry's own host, which may speak plain HTTP: HTTPS is tried first.
    PlainHost(String),
}

/// Who asks.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub enum Credentials {
    /// Nobody in particular: enough to read public repositories.
    #[default]
    Anonymous,
    /// An OAuth 2 token of an organisation's application. Its scopes say what it may do.
    Token(Secret),
    /// A robot or user. Quay takes them for the results of scans alone.
    Basic {
        /// The name: `organisation+robot`.
        username: String,
        /// The password.
        password: Secret,
    },
}
