//! Kubeconfig files.

use base64::Engine;
use base64::prelude::BASE64_STANDARD;
use serde_json::{Value, json};

use crate::authority::Identity;

/// Returns a kubeconfig of a user with a client certificate.
pub(super) fn with_certificate(url: &str, ca_pem: &str, identity: &Identity) -> String {
    let user = json!({
        "client-certificate-data": BASE64_STANDARD.encode(&identity.certificate_pem),
        "client-key-data": BASE64_STANDARD.encode(&identity.key_pem),
    });
    kubeconfig(url, ca_pem, &user)
}

/// Returns a kubeconfig of a user with a token.
pub(super) fn with_token(url: &str, ca_pem: &str, token: &str) -> String {
    kubeconfig(url, ca_pem, &json!({"token": token}))
}

/// JSON, which is YAML too.
fn kubeconfig(url: &str, ca_pem: &str, user: &Value) -> String {
    let cluster = json!({"server": url, "certificate-authority-data": BASE64_STANDARD.encode(ca_pem)});
    let config = json!({
        "apiVersion": "v1", "kind": "Config", "current-context": "test",
        "clusters": [{"name": "test", "cluster": cluster}],
        "users": [{"name": "test", "user": user}],
        "contexts": [{"name": "test", "context": {"cluster": "test", "user": "test"}}],
    });
    format!("{config:#}\n")
}
