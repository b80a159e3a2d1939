//! `source.registries`: OCI registries with charts.

use kit::{Error, Flag, Result, Secret};
use schemars::JsonSchema;
use serde::Deserialize;

/// An OCI registry. A quay-image source may stand here as it is, so other keys of one are accepted and unused.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
pub struct Registry {
    /// Host, with its port if it has one.
    pub host: Option<String>,
    /// An image's or chart's repository; the host in it counts.
    pub repository: Option<String>,
    /// User.
    pub username: Option<Secret>,
    /// Password.
    pub password: Option<Secret>,
    /// Bearer token, instead of user and password.
    #[schemars(extend("x-aliases" = ["registry_token"]))]
    pub token: Option<Secret>,
    /// PEM certificates to trust, beside the system's.
    #[schemars(extend("x-aliases" = ["ca_cert"]))]
    pub ca_certs: Option<CaCerts>,
    /// Speak plain HTTP.
    pub plain_http: Flag,
    /// Accept any certificate, and plain HTTP.
    pub insecure: Flag,
}

/// Certificates in one text or several.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(untagged)]
pub enum CaCerts {
    /// One text.
    One(String),
    /// Several texts.
    Several(Vec<String>),
}

impl CaCerts {
    /// Returns all of them as one PEM text.
    pub fn pem(&self) -> String {
        match self {
            Self::One(pem) => pem.clone(),
            Self::Several(texts) => texts.join("\n"),
        }
    }
}

impl Registry {
    /// Returns the registry's host.
    ///
    /// # Errors
    /// When neither `host` nor `repository` names one.
    pub fn host(&self) -> Result<&str> {
        let named = self.host.as_deref().or_else(|| {
            let repository = self.repository.as_deref()?;
            let (host, _) = repository.trim_start_matches("oci://").split_once('/')?;
            (host.contains(['.', ':']) || host == "localhost").then_some(host)
        });
        named.ok_or_else(|| {
            Error::new("an entry of `source.registries` names no host")
                .hint("set `host: registry.example.com`, or `repository` with a host in it")
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_host_is_named_or_taken_from_the_repository() {
        let of = |host: Option<&str>, repository: Option<&str>| {
            let registry = Registry {
                host: host.map(str::to_owned),
                repository: repository.map(str::to_owned),
                ..Registry::default()
            };
            registry.host().ok().map(str::to_owned)
        };
        assert_eq!(of(Some("quay.io"), None).as_deref(), Some("quay.io"));
        assert_eq!(of(None, Some("quay.io/team/app")).as_deref(), Some("quay.io"));
        assert_eq!(of(None, Some("localhost:5000/app")).as_deref(), Some("localhost:5000"));
        assert_eq!(of(None, Some("team/app")), None);
    }
}
