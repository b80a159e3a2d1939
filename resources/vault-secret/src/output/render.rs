//! From secrets to files, by the format of each.

use kit::{Error, Result};

use super::{
    defaults, files, flat, helm_values, json, kubeconfig, kubernetes_secret, lines, metadata, pem, pkcs12,
    template, toml, yaml,
};
use crate::params::{Format, OutputFile};
use crate::secret::FetchedSecret;
use crate::source::Source;

/// A file that is ready to be written.
#[derive(Clone, PartialEq, Eq)]
pub(crate) struct Rendered {
    /// Its name below the get's folder.
    pub(crate) name: String,
    pub(crate) content: Vec<u8>,
}

impl Rendered {
    /// Returns a file.
    pub(crate) fn new(name: impl Into<String>, content: impl Into<Vec<u8>>) -> Self {
        Self { name: name.into(), content: content.into() }
    }
}

/// Returns the files that are asked for; without any, those by default.
///
/// # Errors
/// When a file names a secret that was not fetched, or can't hold what it is to hold.
pub(crate) fn render(
    source: &Source,
    files: &[OutputFile],
    secrets: &[FetchedSecret],
) -> Result<Vec<Rendered>> {
    if files.is_empty() {
        return defaults::render(source, secrets);
    }
    let mut rendered = Vec::new();
    for file in files {
        let chosen = choose(file, secrets)?;
        let name = file_name(file);
        let made =
            one(file, &name, &chosen).map_err(|error| error.context(format!("cannot write `{name}`")))?;
        rendered.extend(made);
    }
    Ok(rendered)
}

fn one(file: &OutputFile, name: &str, secrets: &[&FetchedSecret]) -> Result<Vec<Rendered>> {
    let content: Vec<u8> = match file.format {
        Format::Files => return files::render(name, file, secrets),
        Format::Pem => return pem::render(name, secrets),
        Format::Pkcs12 => return pkcs12::render(name, file.password.as_ref(), secrets),
        Format::Vault => json::by_name(secrets)?,
        Format::Json => json::render(&flat::structure(file, secrets)?)?,
        Format::Yaml | Format::Vars => yaml::render(&flat::structure(file, secrets)?).into(),
        Format::Toml => toml::render(&flat::structure(file, secrets)?)?.into(),
        Format::HelmValues => helm_values::render(&file.at, flat::structure(file, secrets)?)?.into(),
        Format::Env => lines::env(&flat::pairs(file, secrets)?)?.into(),
        Format::Shell => lines::shell(&flat::pairs(file, secrets)?)?.into(),
        Format::Properties => lines::properties(&flat::pairs(file, secrets)?)?.into(),
        Format::KubernetesSecret => kubernetes_secret::render(&file.kubernetes, file, secrets)?.into(),
        Format::Kubeconfig => kubeconfig::render(&file.kubernetes, secrets)?.into(),
        Format::Template => template::render(file.template.as_deref(), secrets)?.into(),
        Format::Metadata => metadata::render(secrets)?,
    };
    Ok(vec![Rendered::new(name, content)])
}

/// Picks the secrets that go into a file.
fn choose<'s>(file: &OutputFile, secrets: &'s [FetchedSecret]) -> Result<Vec<&'s FetchedSecret>> {
    if file.secrets.is_empty() {
        return Ok(secrets.iter().collect());
    }
    let find = |name: &String| {
        secrets.iter().find(|secret| secret.name == *name).ok_or_else(|| {
            let known: Vec<String> = secrets.iter().map(|secret| format!("`{}`", secret.name)).collect();
            Error::new(format!("`{}` asks for a secret `{name}` that was not fetched", file_name(file)))
                .hint(format!("fetched were {}", known.join(", ")))
        })
    };
    file.secrets.iter().map(find).collect()
}

fn file_name(file: &OutputFile) -> String {
    let default = match file.format {
        Format::Vault => "vault.json",
        Format::Files => ".",
        Format::Json => "secrets.json",
        Format::Yaml => "secrets.yml",
        Format::Toml => "secrets.toml",
        Format::Env => ".env",
        Format::Shell => "secrets.sh",
        Format::Properties => "secrets.properties",
        Format::Vars => "vars.yml",
        Format::HelmValues => "values.yml",
        Format::KubernetesSecret => "secret.yml",
        Format::Kubeconfig => "kubeconfig",
        Format::Template => "template",
        Format::Pem => "tls",
        Format::Pkcs12 => "keystore.p12",
        Format::Metadata => "metadata.json",
    };
    file.file.clone().unwrap_or_else(|| default.to_owned())
}
