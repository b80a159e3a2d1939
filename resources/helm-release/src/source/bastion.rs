//! `source.bastion`: an SSH host between us and the cluster.

use kit::Secret;
use schemars::JsonSchema;
use serde::Deserialize;

/// An SSH host that the API server is reached through.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Bastion {
    /// Its name or address.
    pub host: String,
    /// Its port.
    #[serde(default = "twenty_two")]
    pub port: u16,
    /// The user to sign in as.
    pub user: String,
    /// The private key: OpenSSH or PEM.
    #[schemars(extend("x-aliases" = ["key"]))]
    pub private_key: Secret,
    /// The private key's passphrase.
    #[serde(default)]
    pub passphrase: Option<Secret>,
    /// The host's public key, as in a line of `known_hosts` or an `ssh-ed25519 …` key alone. Several lines allow several.
    #[schemars(extend("x-aliases" = ["host_key"]))]
    pub known_host: String,
}

fn twenty_two() -> u16 {
    22
}
