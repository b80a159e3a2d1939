//! Certificate, key and authority of PKI, each in a file.

use kit::{Error, Result};

use super::Rendered;
use crate::secret::{Content, FetchedSecret};

/// Writes `tls.crt` (the certificate and its chain), `tls.key` and `ca.crt` into a folder; with several secrets, into
/// a folder for each within.
///
/// # Errors
/// When a secret has no certificate.
pub(super) fn render(folder: &str, secrets: &[&FetchedSecret]) -> Result<Vec<Rendered>> {
    let mut rendered = Vec::new();
    for secret in secrets {
        let folder = if secrets.len() == 1 { folder.to_owned() } else { format!("{folder}/{}", secret.name) };
        let prefix = if folder == "." { String::new() } else { format!("{folder}/") };
        for (name, text) in parts(secret)? {
            rendered.push(Rendered::new(format!("{prefix}{name}"), text));
        }
    }
    Ok(rendered)
}

/// Returns the files of one secret with their texts.
pub(super) fn parts(secret: &FetchedSecret) -> Result<Vec<(&'static str, String)>> {
    let certificate = text(secret, "certificate").ok_or_else(|| {
        Error::new(format!("`{}` has no `certificate`", secret.name))
            .hint(format!("its keys are {}", secret.key_names()))
    })?;
    let chain = chain(secret);
    let mut parts = vec![("tls.crt", joined(std::iter::once(&certificate).chain(&chain)))];
    if let Some(key) = text(secret, "private_key") {
        parts.push(("tls.key", joined(std::iter::once(&key))));
    }
    // The last of the chain stands nearest to the root.
    if let Some(authority) = chain.last().cloned().or_else(|| text(secret, "issuing_ca")) {
        parts.push(("ca.crt", joined(std::iter::once(&authority))));
    }
    Ok(parts)
}

/// The authorities above the certificate: its issuer first.
pub(super) fn chain(secret: &FetchedSecret) -> Vec<String> {
    let listed = match secret.value("ca_chain") {
        Some(Content::Json(value)) => value.as_array().cloned().unwrap_or_default(),
        _ => Vec::new(),
    };
    let listed: Vec<String> = listed.iter().filter_map(|item| item.as_str().map(str::to_owned)).collect();
    if listed.is_empty() { text(secret, "issuing_ca").into_iter().collect() } else { listed }
}

pub(super) fn text(secret: &FetchedSecret, key: &str) -> Option<String> {
    secret.value(key).and_then(Content::text).filter(|text| !text.trim().is_empty())
}

fn joined<'t>(texts: impl Iterator<Item = &'t String>) -> String {
    texts.map(|text| format!("{}\n", text.trim())).collect()
}
