//! How to talk to a registry.

use kit::Secret;
use kit::http::Retry;

use crate::{Credentials, Repository};

/// How to talk to a registry. The default is anonymous, over TLS, trusting the system's certificates.
#[derive(Clone, Debug, Default)]
pub struct Settings {
    /// Plain HTTP is allowed, and certificates are not verified.
    pub insecure: bool,
    /// PEM certificates to trust beside the system's. Each text may hold several.
    pub ca_certs: Vec<String>,
    /// Who asks.
    pub credentials: Credentials,
    /// How long what fails for now is tried again.
    pub retry: Retry,
    /// Whom to ask first for what is pulled.
    pub mirror: Option<Mirror>,
}

/// A registry that has copies of what another one has. What it can't give, the other one is asked for.
#[derive(Clone, Debug)]
pub struct Mirror {
    /// Where the copies are: the mirror's host and the same path.
    pub repository: Repository,
    /// Who asks there.
    pub credentials: Credentials,
}

/// A user's name and password.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Basic {
    /// The name: `user`, `organisation+robot`, `$oauthtoken`.
    pub username: String,
    /// The password or token.
    pub password: Secret,
}
