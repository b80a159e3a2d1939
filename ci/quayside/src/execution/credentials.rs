//! Where secrets come from: a file, the environment, a Vault, and the pipeline's `var_sources`.

use std::collections::BTreeMap;
use std::path::{Path, PathBuf};

use clap::Args;
use pipeline::model::VarSource;
use pipeline::vars::read_variable_file;
use pipeline::yaml::{Map, Node};
use runner::secrets::{Credentials, Manager, Vault, VaultSettings, hide};
use serde_json::Value as Json;

use super::Loaded;
use crate::failure::Failure;
use crate::inputs::{pair, read_text};

/// Where secrets come from.
#[derive(Args, Clone, Debug, Default)]
#[command(next_help_heading = "Secrets")]
pub(crate) struct SecretFlags {
    /// Takes secrets from a YAML file.
    #[arg(long, value_name = "FILE")]
    secrets: Vec<PathBuf>,
    /// Takes secrets from environment variables that start so: `((db-password))` from `PREFIXdb_password`.
    #[arg(long, value_name = "PREFIX")]
    secrets_env: Option<String>,
    /// Takes secrets from the Vault or OpenBao of VAULT_ADDR, as Concourse looks them up.
    #[arg(long)]
    vault: bool,
    /// What paths in the Vault start with.
    #[arg(long, value_name = "PATH", default_value = "/concourse")]
    vault_path_prefix: String,
    /// Where secrets for everybody are in the Vault, below the prefix.
    #[arg(long, value_name = "PATH", default_value = "")]
    vault_shared_path: String,
    /// Where a secret may be in the Vault, below the prefix.
    #[arg(long, value_name = "TEMPLATE")]
    vault_lookup_template: Vec<String>,
    /// Takes the secrets of one of the pipeline's `var_sources` from a YAML file.
    #[arg(long, value_name = "NAME=FILE")]
    var_source: Vec<String>,
}

impl SecretFlags {
    /// Prepares to look secrets up for a pipeline. Nothing is asked yet.
    pub(crate) fn credentials(&self, loaded: Option<&Loaded>) -> Result<Credentials, Failure> {
        let mut global = Vec::new();
        for file in &self.secrets {
            global.push(Manager::Fixed(read_secrets(file)?));
        }
        if let Some(prefix) = &self.secrets_env {
            global.push(Manager::Environment { prefix: prefix.clone() });
        }
        let (team, name) = loaded.map_or(("main", ""), |loaded| (&loaded.team, &loaded.name));
        if self.vault {
            global.push(Manager::Vault(Box::new(Vault::new(self.vault_settings()?, team, name)?)));
        }
        let mut named = self.replaced_sources()?;
        for source in loaded.iter().flat_map(|loaded| &loaded.pipeline.var_sources) {
            if !named.contains_key(source.name.as_str()) {
                named.insert(source.name.value.clone(), manager(source, team, name)?);
            }
        }
        Ok(Credentials::new(global, named))
    }

    fn replaced_sources(&self) -> Result<BTreeMap<String, Manager>, Failure> {
        let mut named = BTreeMap::new();
        for argument in &self.var_source {
            let (name, file) = pair(argument, "--var-source")?;
            named.insert(name.to_owned(), Manager::Fixed(read_secrets(Path::new(file))?));
        }
        Ok(named)
    }

    fn vault_settings(&self) -> Result<VaultSettings, Failure> {
        let variable = |name: &str| std::env::var(name).unwrap_or_default();
        let file = |name: &str| match variable(name).as_str() {
            "" => Ok(String::new()),
            path => read_text(Path::new(path)),
        };
        let url = variable("VAULT_ADDR");
        if url.is_empty() {
            return Err(Failure::new("`--vault` needs the address of the server").with_hint("set VAULT_ADDR"));
        }
        let mut settings = VaultSettings {
            url,
            path_prefix: self.vault_path_prefix.clone(),
            shared_path: self.vault_shared_path.clone(),
            namespace: variable("VAULT_NAMESPACE"),
            token: token()?,
            ca_cert: file("VAULT_CACERT")?,
            client_cert: file("VAULT_CLIENT_CERT")?,
            client_key: file("VAULT_CLIENT_KEY")?,
            is_insecure: matches!(variable("VAULT_SKIP_VERIFY").as_str(), "1" | "true"),
            ..VaultSettings::default()
        };
        if !self.vault_lookup_template.is_empty() {
            settings.lookup_templates.clone_from(&self.vault_lookup_template);
        }
        Ok(settings)
    }
}

/// Returns the token of the environment, or that which `vault login` left.
fn token() -> Result<String, Failure> {
    if let Ok(token) = std::env::var("VAULT_TOKEN")
        && !token.is_empty()
    {
        return Ok(token);
    }
    let file = std::env::var_os("HOME").map(|home| Path::new(&home).join(".vault-token"));
    match file {
        Some(file) if file.exists() => Ok(read_text(&file)?.trim().to_owned()),
        _ => Err(Failure::new("`--vault` needs a token").with_hint("set VAULT_TOKEN, or run `vault login`")),
    }
}

/// Reads a file of secrets, and keeps them out of all that is printed.
fn read_secrets(file: &Path) -> Result<Map, Failure> {
    let secrets = read_variable_file(&read_text(file)?)
        .map_err(|error| Failure::new(format!("`{}` holds no secrets: {error}", file.display())))?;
    secrets.variables.iter().for_each(|entry| hide(&entry.value));
    Ok(secrets.variables)
}

/// Returns what one of the pipeline's sources asks.
fn manager(source: &VarSource, team: &str, pipeline: &str) -> Result<Manager, Failure> {
    let config = source.config.as_ref();
    match source.kind.as_str() {
        "dummy" => {
            let values = config.and_then(|config| config.get("vars")).and_then(Node::as_map);
            let values = values.cloned().unwrap_or_default();
            values.iter().for_each(|entry| hide(&entry.value));
            Ok(Manager::Fixed(values))
        }
        "vault" => {
            let settings = vault_of(config.map(Node::to_json).unwrap_or_default())?;
            Ok(Manager::Vault(Box::new(Vault::new(settings, team, pipeline)?)))
        }
        kind => {
            let name = &source.name.value;
            Err(Failure::new(format!(
                "the variable source `{name}` is of the type `{kind}`, which cannot be asked from here"
            ))
            .with_hint(format!("give its secrets in a file: `--var-source {name}=FILE`")))
        }
    }
}

/// Reads the settings of a Vault, as `var_sources` have them.
fn vault_of(config: Json) -> Result<VaultSettings, Failure> {
    let text = |name: &str| config[name].as_str().unwrap_or_default().to_owned();
    let file = |name: &str, path: &str| match (text(name), text(path)) {
        (content, _) if !content.is_empty() => Ok(content),
        (_, path) if !path.is_empty() => read_text(Path::new(&path)),
        _ => Ok(String::new()),
    };
    let defaults = VaultSettings::default();
    let templates: Vec<String> = config["lookup_templates"]
        .as_array()
        .into_iter()
        .flatten()
        .filter_map(|template| template.as_str().map(str::to_owned))
        .collect();
    let or = |value: String, default: String| if value.is_empty() { default } else { value };
    Ok(VaultSettings {
        url: text("url"),
        path_prefix: or(text("path_prefix"), defaults.path_prefix),
        lookup_templates: if templates.is_empty() { defaults.lookup_templates } else { templates },
        shared_path: text("shared_path"),
        namespace: text("namespace"),
        token: file("client_token", "client_token_path")?,
        auth_backend: text("auth_backend"),
        auth_params: config["auth_params"].as_object().cloned().unwrap_or_default(),
        ca_cert: file("ca_cert", "cacertfile")?,
        client_cert: file("client_cert", "clientcertfile")?,
        client_key: file("client_key", "clientkeyfile")?,
        is_insecure: config["insecure_skip_verify"].as_bool().unwrap_or(false),
    })
}
