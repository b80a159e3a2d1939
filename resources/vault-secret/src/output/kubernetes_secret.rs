//! The manifest of a Kubernetes Secret.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kit::{Error, Result};
use serde_json::{Map, Value, json};

use super::{flat, pem, yaml};
use crate::params::{KubernetesObject, OutputFile};
use crate::secret::FetchedSecret;

const TLS: &str = "kubernetes.io/tls";

/// Writes a manifest whose `data` are the secrets' keys. Of type `kubernetes.io/tls`, a certificate of PKI goes to
/// the keys that this type must have.
///
/// # Errors
/// When the object has no name, or a key is none for Kubernetes.
pub(super) fn render(
    object: &KubernetesObject,
    file: &OutputFile,
    secrets: &[&FetchedSecret],
) -> Result<String> {
    let name = object.name.as_deref().filter(|name| !name.is_empty());
    let name = name.ok_or_else(|| Error::new("`kubernetes.name` is missing: the name of the Secret"))?;
    let data = data(object, file, secrets)?;
    let is_tls = data.contains_key("tls.crt") && data.contains_key("tls.key");
    let kind = object.r#type.as_deref().unwrap_or(if is_tls { TLS } else { "Opaque" });
    let mut metadata = Map::from_iter([("name".to_owned(), json!(name))]);
    if let Some(namespace) = &object.namespace {
        metadata.insert("namespace".into(), json!(namespace));
    }
    for (field, map) in [("labels", &object.labels), ("annotations", &object.annotations)] {
        if !map.is_empty() {
            metadata.insert(field.into(), json!(map));
        }
    }
    let manifest = Map::from_iter([
        ("apiVersion".to_owned(), json!("v1")),
        ("kind".to_owned(), json!("Secret")),
        ("metadata".to_owned(), Value::Object(metadata)),
        ("type".to_owned(), json!(kind)),
        ("data".to_owned(), Value::Object(data)),
    ]);
    Ok(yaml::render(&manifest))
}

fn data(
    object: &KubernetesObject,
    file: &OutputFile,
    secrets: &[&FetchedSecret],
) -> Result<Map<String, Value>> {
    let encoded = |bytes: Vec<u8>| Value::String(STANDARD.encode(bytes));
    if let [only] = secrets
        && object.r#type.as_deref() == Some(TLS)
        && only.value("tls.crt").is_none()
    {
        let parts = pem::parts(only)?;
        return Ok(parts
            .into_iter()
            .map(|(name, text)| (name.to_owned(), encoded(text.into_bytes())))
            .collect());
    }
    let mut data = Map::new();
    for (key, value) in flat::pairs(file, secrets)? {
        let fits = |character: char| character.is_ascii_alphanumeric() || "-._".contains(character);
        if key.is_empty() || key.len() > 253 || !key.chars().all(fits) {
            return Err(Error::new(format!("`{key}` is no key for a Kubernetes Secret"))
                .hint("it takes letters, digits, `-`, `.` and `_`: `sanitize: true` or `keys` help"));
        }
        data.insert(key, encoded(value.bytes()));
    }
    Ok(data)
}

#[cfg(test)]
mod tests {
    use super::super::flat::tests::secret;
    use super::*;

    #[test]
    fn a_manifest_holds_the_keys_in_base64() {
        let object = KubernetesObject {
            name: Some("db".into()),
            labels: [("app".to_owned(), "shop".to_owned())].into(),
            ..KubernetesObject::default()
        };
        let db = secret("db", json!({"user": "hi"}));
        assert_eq!(
            render(&object, &OutputFile::default(), &[&db]).unwrap(),
            "\"apiVersion\": \"v1\"\n\"kind\": \"Secret\"\n\"metadata\":\n  \"name\": \"db\"\n  \"labels\":\n    \
             \"app\": \"shop\"\n\"type\": \"Opaque\"\n\"data\":\n  \"user\": \"aGk=\"\n"
        );
        let bad = secret("db", json!({"user name": "hi"}));
        assert!(render(&object, &OutputFile::default(), &[&bad]).is_err());
        assert!(render(&KubernetesObject::default(), &OutputFile::default(), &[&db]).is_err());
    }
}
