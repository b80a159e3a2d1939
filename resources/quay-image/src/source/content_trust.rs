//! Notary v1, which is accepted in a source and refused in a put.

use kit::{Error, Result, Secret, Text};
use schemars::JsonSchema;
use serde::Deserialize;

/// The keys of Notary v1. Its makers are shutting it down: none of them has an effect.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
pub struct ContentTrust {
    /// The Notary server.
    pub server: Text,
    /// The id of the signing key.
    pub repository_key_id: Text,
    /// The signing key.
    pub repository_key: Secret,
    /// The passphrase of the signing key.
    pub repository_passphrase: Secret,
    /// The key for mutual TLS.
    pub tls_key: Secret,
    /// The certificate for mutual TLS.
    pub tls_cert: Text,
    /// The user.
    pub username: Text,
    /// The user's password.
    pub password: Secret,
    /// The scopes of the token.
    pub scopes: Text,
}

impl ContentTrust {
    /// Returns why nothing can be pushed with it.
    ///
    /// # Errors
    /// Always.
    pub fn refuse_put(&self) -> Result<()> {
        Err(Error::new("`source.content_trust` asks for a signature by Notary v1, which is no longer made")
            .hint("remove `content_trust` and sign with cosign: `sign` in the put's params"))
    }
}
