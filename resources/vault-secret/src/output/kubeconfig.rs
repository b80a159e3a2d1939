//! A kubeconfig from a service account token that Vault's Kubernetes engine made.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kit::{Error, Result};
use serde_json::{Map, Value, json};

use super::yaml;
use crate::params::KubernetesObject;
use crate::secret::FetchedSecret;

/// Writes a kubeconfig, which `kubectl`, Helm and the helm-release resource take.
///
/// # Errors
/// When the secret is no service account token, or the cluster's address is not given.
pub(super) fn render(object: &KubernetesObject, secrets: &[&FetchedSecret]) -> Result<String> {
    let [secret] = secrets else {
        return Err(Error::new("a kubeconfig is made of one secret").hint("name it in the file's `secrets`"));
    };
    let text = |key: &str| secret.value(key).and_then(|value| value.text());
    let token = text("service_account_token").or_else(|| text("token")).ok_or_else(|| {
        Error::new(format!("`{}` has neither `service_account_token` nor `token`", secret.name))
            .hint(format!("its keys are {}", secret.key_names()))
    })?;
    let server = object.server.as_deref().ok_or_else(|| {
        Error::new("`kubernetes.server` is missing: the API server's address, which Vault does not tell")
    })?;
    let mut cluster = Map::from_iter([("server".to_owned(), json!(server))]);
    if let Some(pem) = &object.ca_cert {
        cluster.insert("certificate-authority-data".into(), json!(STANDARD.encode(pem)));
    }
    let name = object.name.as_deref().unwrap_or("vault");
    let mut context = Map::from_iter([("cluster".to_owned(), json!(name)), ("user".to_owned(), json!(name))]);
    if let Some(namespace) = object.namespace.clone().or_else(|| text("service_account_namespace")) {
        context.insert("namespace".into(), json!(namespace));
    }
    let named = |field: &str, value: Value| json!([{ "name": name, field: value }]);
    let config = Map::from_iter([
        ("apiVersion".to_owned(), json!("v1")),
        ("kind".to_owned(), json!("Config")),
        ("clusters".to_owned(), named("cluster", Value::Object(cluster))),
        ("users".to_owned(), named("user", json!({ "token": token }))),
        ("contexts".to_owned(), named("context", Value::Object(context))),
        ("current-context".to_owned(), json!(name)),
    ]);
    Ok(yaml::render(&config))
}
