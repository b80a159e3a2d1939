//! `source.repos`: chart repositories.

use kit::{Flag, Secret};
use schemars::JsonSchema;
use serde::Deserialize;

/// A chart repository. Charts of it are named `name/chart`.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Repository {
    /// The name that charts are called by.
    pub name: String,
    /// `https://…` of an index.yaml's folder, or `oci://…`.
    pub url: String,
    /// User, used only together with a password.
    #[serde(default)]
    pub username: Option<Secret>,
    /// Password, used only together with a user.
    #[serde(default)]
    pub password: Option<Secret>,
    /// PEM certificates to trust, beside the system's.
    #[serde(default)]
    pub ca_cert: Option<String>,
    /// Client certificate, PEM.
    #[serde(default)]
    pub client_cert: Option<String>,
    /// The client certificate's key, PEM.
    #[serde(default)]
    pub client_key: Option<Secret>,
    /// Accept any certificate.
    #[serde(default)]
    pub insecure_skip_tls_verify: Flag,
    /// Send user and password also to other hosts that the index names.
    #[serde(default)]
    pub pass_credentials: Flag,
}

impl Repository {
    /// Returns user and password, where both are given.
    pub fn credentials(&self) -> Option<(&Secret, &Secret)> {
        let user = self.username.as_ref().filter(|user| !user.is_empty())?;
        let password = self.password.as_ref().filter(|password| !password.is_empty())?;
        Some((user, password))
    }
}
