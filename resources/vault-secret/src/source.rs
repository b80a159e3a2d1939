//! The `source:` block and what makes it valid.

mod certificates;

use std::collections::BTreeMap;
use std::time::Duration;

use kit::http::{Client, ClientCertificate, Retry, Settings, Url};
use kit::{Context, Error, Flag, Result, RetryFor, Secret, Span};
use schemars::JsonSchema;
use serde::Deserialize;

use self::certificates::Certificates;
use crate::auth::{Login, LoginKeys};
use crate::params::{FlatFormat, Wanted};
use crate::vault::Vault;

/// The `source:` block.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[schemars(extend(
    "additionalProperties" = false,
    "x-refused" = {
        "nonce": "the EC2 login is replaced by IAM: `auth_engine: aws`",
        "paths": "name the paths in the params of a get, or as `secrets` here",
    },
    "description" = "The `source:` block.",
))]
pub struct Source {
    /// Where Vault is, as in `https://vault.example.com:8200`.
    #[schemars(extend("x-aliases" = ["url", "vault_addr"]))]
    pub(crate) address: String,
    /// The namespace (Vault Enterprise, OpenBao), as in `team/ci`.
    pub(crate) namespace: Option<String>,
    /// How to log in.
    #[serde(flatten)]
    pub(crate) login: LoginKeys,
    /// The one secret to watch and get. Not beside secrets in a get's params.
    pub(crate) secret: Option<Wanted>,
    /// Several secrets to watch and get: together they make one version.
    #[serde(default)]
    pub(crate) secrets: Vec<Wanted>,
    /// Whole API paths with the version to get, -1 for the newest.
    #[serde(default)]
    pub(crate) vault_paths: BTreeMap<String, i64>,
    /// PEM certificates of authorities to trust beside the system's.
    #[serde(default)]
    pub(crate) ca_certs: Certificates,
    /// A PEM certificate to show to Vault, followed by its chain.
    pub(crate) client_cert: Option<String>,
    /// The key of `client_cert`, PEM.
    pub(crate) client_key: Option<Secret>,
    /// The name that Vault's certificate must have, if it is not the address's.
    pub(crate) tls_server_name: Option<String>,
    /// Accept any certificate.
    #[serde(default)]
    #[schemars(extend("x-aliases" = ["tls_skip_verify", "vault_insecure"]))]
    pub(crate) insecure: Flag,
    /// How long a request may be repeated while the server can't be reached, restarts, or asks to wait. One that is
    /// sealed or a standby counts as restarting.
    #[serde(default)]
    pub(crate) retry_for: RetryFor,
    /// `0` sends every request once only. Other numbers have no effect: `retry_for` says how long.
    pub(crate) retries: Option<u32>,
    /// Keys the digests that stand for secrets of which Vault keeps no versions. The credential in `source` by default.
    pub(crate) digest_key: Option<Secret>,
    /// Without `secret` and `secrets`: check offers a new version so often, so that a get with params runs again.
    pub(crate) renew_every: Option<Span>,
    /// Have a get write the login's token to the file `token`. It then lives to its own end.
    #[serde(default)]
    pub(crate) expose_token: Flag,
    /// Show lease ids in metadata, as earlier resources did. Who knows one may be able to revoke it.
    #[serde(default)]
    pub(crate) expose_lease_id: Flag,
    /// `vault_paths`: `json` or `yaml`.
    pub(crate) format: Option<FlatFormat>,
    /// `vault_paths`: put before each key, with an underscore.
    #[serde(default)]
    pub(crate) prefix: String,
    /// `vault_paths`: keys in upper case.
    #[serde(default)]
    pub(crate) upcase: Flag,
    /// `vault_paths`: `-` and `.` in keys become `_`.
    #[serde(default)]
    pub(crate) sanitize: Flag,
}

impl Source {
    /// Returns the connection to Vault. Nothing is sent yet.
    ///
    /// # Errors
    /// When the address or a certificate can't be used.
    pub(crate) fn vault(&self) -> Result<Vault> {
        let address = self.parsed_address()?;
        let retry = self.retry_for.policy();
        let retry = if self.retries == Some(0) { Retry { total: Duration::ZERO, ..retry } } else { retry };
        let name = self.tls_server_name.clone().filter(|name| !name.is_empty());
        let settings = Settings {
            ca_certs: self.ca_certs.pems(),
            insecure: self.insecure.get(),
            client_certificate: self.client_certificate()?,
            server_name: address.host_str().map(str::to_owned).zip(name),
            retry,
            ..Settings::default()
        };
        let http = Client::new(settings)?;
        let namespace = self.namespace.as_deref().map(|name| name.trim_matches('/').to_owned());
        Ok(Vault::new(http, address, namespace.filter(|name| !name.is_empty()), retry))
    }

    /// Returns the login that `override_keys` describes, or else this source.
    ///
    /// # Errors
    /// When the method can't be told or lacks something.
    pub(crate) fn login(&self, override_keys: Option<&LoginKeys>) -> Result<Login> {
        let has_certificate = self.client_certificate()?.is_some();
        let login = Login::from_keys(override_keys.unwrap_or(&self.login), has_certificate);
        login.context(|| {
            format!(
                "`{}` does not say how to log in",
                if override_keys.is_some() { "params.auth" } else { "source" }
            )
        })
    }

    fn parsed_address(&self) -> Result<Url> {
        let wrong = |what: &str| {
            Error::new(format!("`source.address` {what}"))
                .hint("write it like `https://vault.example.com:8200`")
        };
        let url =
            Url::parse(self.address.trim()).map_err(|problem| wrong(&format!("is no URL: {problem}")))?;
        if !matches!(url.scheme(), "http" | "https") || url.host_str().is_none() {
            return Err(wrong("must begin with `https://` or `http://` and name a host"));
        }
        if !url.username().is_empty() || url.password().is_some() || url.query().is_some() {
            return Err(wrong("must have no user, password or query"));
        }
        Ok(url)
    }

    fn client_certificate(&self) -> Result<Option<ClientCertificate>> {
        let certificate = self.client_cert.clone().filter(|text| !text.trim().is_empty());
        let key = self.client_key.clone().filter(|key| !key.is_empty());
        match (certificate, key) {
            (Some(certificate), Some(key)) => Ok(Some(ClientCertificate { certificate, key })),
            (None, None) => Ok(None),
            _ => Err(Error::new(
                "`source.client_cert` and `source.client_key` belong together: one is missing",
            )),
        }
    }
}
