//! Credentials of OCI registries, as Helm reads them: Docker's config.json.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kit::{Error, Result, Secret};
use serde_json::{Value, json};

use super::Home;
use crate::source::Registry;

/// What Helm must be told on its command line to speak with a registry.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct RegistryFlags {
    arguments: Vec<String>,
}

impl RegistryFlags {
    /// Returns the flags for charts of `host`.
    ///
    /// # Errors
    /// When the CA file can't be written.
    pub fn of(host: &str, registries: &[Registry], home: &Home) -> Result<Self> {
        let mut arguments = Vec::new();
        for registry in registries {
            if registry.host()? != host {
                continue;
            }
            if registry.plain_http.get() {
                arguments.push("--plain-http".into());
            }
            if registry.insecure.get() {
                arguments.push("--insecure-skip-tls-verify".into());
            }
            if let Some(certificates) = &registry.ca_certs {
                let file = home.write("registry-ca.pem", certificates.pem())?;
                arguments.extend(["--ca-file".into(), file.display().to_string()]);
            }
        }
        Ok(Self { arguments })
    }

    /// Returns the flags.
    pub fn arguments(&self) -> &[String] {
        &self.arguments
    }
}

/// Writes the registries' credentials into the home.
pub(crate) fn write(home: &Home, registries: &[Registry], docker_config: Option<&Secret>) -> Result<()> {
    let mut config = match docker_config {
        Some(text) => serde_json::from_str(text.expose())
            .map_err(|_| Error::new("`source.docker_config` is not the JSON of a Docker config.json"))?,
        None => json!({}),
    };
    let mut auths = config.get("auths").and_then(Value::as_object).cloned().unwrap_or_default();
    for registry in registries {
        if let Some(entry) = entry(registry) {
            auths.insert(registry.host()?.to_owned(), entry);
        }
    }
    if auths.is_empty() && docker_config.is_none() {
        return Ok(());
    }
    // Helpers are programs, and there are none here.
    config = json!({"auths": auths});
    home.write("registry.json", config.to_string()).map(drop)
}

fn entry(registry: &Registry) -> Option<Value> {
    if let (Some(user), Some(password)) = (&registry.username, &registry.password) {
        let pair = Secret::new(STANDARD.encode(format!("{}:{}", user.expose(), password.expose())));
        return Some(json!({"auth": pair.expose()}));
    }
    let token = registry.token.as_ref()?;
    Some(json!({"registrytoken": token.expose()}))
}
