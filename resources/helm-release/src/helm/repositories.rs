//! Chart repositories, as Helm reads them: repositories.yaml, with credentials that stand on no command line.

use kit::Result;
use serde_json::{Value, json};

use super::Home;
use crate::source::Repository;

/// Writes the repositories that have an index into the home.
pub(crate) fn write(home: &Home, repositories: &[Repository]) -> Result<()> {
    let mut entries = Vec::new();
    for repository in repositories.iter().filter(|repository| !repository.url.starts_with("oci://")) {
        entries.push(entry(home, repository)?);
    }
    if entries.is_empty() {
        return Ok(());
    }
    let content = json!({"apiVersion": "", "generated": "0001-01-01T00:00:00Z", "repositories": entries});
    home.write("repositories.yaml", content.to_string()).map(drop)
}

fn entry(home: &Home, repository: &Repository) -> Result<Value> {
    let mut entry = json!({
        "name": repository.name,
        "url": repository.url,
        "insecure_skip_tls_verify": repository.insecure_skip_tls_verify.get(),
        "pass_credentials_all": repository.pass_credentials.get(),
    });
    if let Some((user, password)) = repository.credentials() {
        entry["username"] = user.expose().into();
        entry["password"] = password.expose().into();
    }
    let files = [
        ("caFile", repository.ca_cert.as_deref()),
        ("certFile", repository.client_cert.as_deref()),
        ("keyFile", repository.client_key.as_ref().map(kit::Secret::expose)),
    ];
    for (field, content) in files {
        if let Some(content) = content {
            let file = home.write(&format!("repositories/{}.{field}", repository.name), content)?;
            entry[field] = file.display().to_string().into();
        }
    }
    Ok(entry)
}
