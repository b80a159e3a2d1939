//! The engines by the names that users write.

use schemars::JsonSchema;
use serde::Deserialize;

/// An engine, by the name that users write.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Engine {
    Kv1,
    Kv2,
    Database,
    Aws,
    Azure,
    Consul,
    Kubernetes,
    Ldap,
    Nomad,
    Pki,
    Rabbitmq,
    Ssh,
    Terraform,
    Totp,
    Transit,
}

impl Engine {
    /// Returns where it is mounted if nobody says otherwise.
    pub(crate) fn default_mount(self) -> &'static str {
        match self {
            Self::Kv1 => "kv",
            Self::Kv2 => "secret",
            other => other.kind(),
        }
    }

    /// Returns the type that Vault gives such a mount.
    pub(crate) fn kind(self) -> &'static str {
        match self {
            Self::Kv1 | Self::Kv2 => "kv",
            Self::Database => "database",
            Self::Aws => "aws",
            Self::Azure => "azure",
            Self::Consul => "consul",
            Self::Kubernetes => "kubernetes",
            Self::Ldap => "ldap",
            Self::Nomad => "nomad",
            Self::Pki => "pki",
            Self::Rabbitmq => "rabbitmq",
            Self::Ssh => "ssh",
            Self::Terraform => "terraform",
            Self::Totp => "totp",
            Self::Transit => "transit",
        }
    }

    /// Returns what stands before a role that is given alone: `creds` for all that make credentials.
    pub(crate) fn default_operation(self) -> Option<&'static str> {
        match self {
            Self::Kv1 | Self::Kv2 | Self::Transit => None,
            Self::Pki => Some("issue"),
            Self::Totp => Some("code"),
            _ => Some("creds"),
        }
    }
}
