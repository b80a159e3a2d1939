//! Values out of what a vault-secret get wrote.

use kit::{Context, Error, Inputs, Result, redact};
use serde_json::Value;

/// Secrets are small; certificates with their chains are the largest.
const LARGEST: u64 = 16 * 1024 * 1024;

/// Reads a secret of an artifact, or one key of it, and registers everything in it as secret.
pub(super) fn secret(
    inputs: &Inputs,
    artifact: &str,
    secret_path: Option<&str>,
    key: Option<&str>,
) -> Result<Value> {
    let file =
        if artifact.ends_with(".json") { artifact.to_owned() } else { format!("{artifact}/vault.json") };
    let text = inputs.read_text(&file, LARGEST)?;
    let all: Value = serde_json::from_str(&text)
        .map_err(|_| Error::new(format!("`{file}` is not JSON")))
        .hint(|| "name the folder of a vault-secret get".into())?;
    register(&all);
    let secrets = all.as_object().ok_or_else(|| Error::new(format!("`{file}` holds no secrets")))?;
    let names = || secrets.keys().map(|name| format!("`{name}`")).collect::<Vec<_>>().join(", ");
    let secret = match secret_path {
        // vault.json names secrets by mount and path with a dash in between.
        Some(path) => secrets.get(path).or_else(|| secrets.get(&path.replacen('/', "-", 1))),
        None if secrets.len() == 1 => secrets.values().next(),
        None => {
            return Err(Error::new(format!("`{file}` holds {} secrets", secrets.len()))
                .hint(format!("choose one by `secret_path`: {}", names())));
        }
    };
    let secret = secret.ok_or_else(|| {
        Error::new(format!("`{file}` has no secret `{}`", secret_path.unwrap_or_default()))
            .hint(format!("it has {}", names()))
    })?;
    let Some(key) = key else { return Ok(secret.clone()) };
    let keys = secret.as_object().map(|fields| fields.keys().cloned().collect::<Vec<_>>().join(", "));
    secret.get(key).cloned().ok_or_else(|| {
        Error::new(format!("the secret in `{file}` has no key `{key}`"))
            .hint(format!("it has {}", keys.unwrap_or_default()))
    })
}

/// Registers every text and number in `value`, so that none of them is ever shown.
pub(super) fn register(value: &Value) {
    match value {
        Value::String(text) => redact::register(text),
        Value::Number(number) => redact::register(&number.to_string()),
        Value::Array(items) => items.iter().for_each(register),
        Value::Object(fields) => fields.values().for_each(register),
        Value::Null | Value::Bool(_) => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_secret_is_chosen_and_never_shown() {
        let folder = tempfile::tempdir().unwrap();
        std::fs::create_dir(folder.path().join("db")).unwrap();
        let content = json!({"kv-app/db": {"password": "vault-values-canary"}, "kv-app/api": {"key": "x"}});
        std::fs::write(folder.path().join("db/vault.json"), content.to_string()).unwrap();
        let inputs = Inputs::open(folder.path()).unwrap();
        let read = |path: Option<&str>, key: Option<&str>| secret(&inputs, "db", path, key);
        assert_eq!(read(Some("kv/app/db"), Some("password")).unwrap(), json!("vault-values-canary"));
        assert_eq!(read(Some("kv-app/api"), None).unwrap(), json!({"key": "x"}));
        assert_eq!(redact::scrub("is vault-values-canary"), "is ((redacted))");
        let error = read(None, None).unwrap_err();
        assert_eq!(error.advice(), Some("choose one by `secret_path`: `kv-app/db`, `kv-app/api`"));
        assert_eq!(read(Some("kv/app/db"), Some("user")).unwrap_err().advice(), Some("it has password"));
    }
}
