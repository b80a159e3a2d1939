//! The variables of the service's pipeline.

use std::sync::{Mutex, OnceLock, PoisonError};

use serde_json::{Value, json};
use stack::Registry;
use stack::image::{Builder, Layer};

use crate::servers::{BASE, BASE_USER, Servers};
use crate::{REPOSITORY, Shop, URI};

/// Returns name and digest of an image for tasks that run straight on this machine: it holds nothing.
///
/// # Panics
/// When its registry does not start.
pub fn empty_tools_image() -> Value {
    static IMAGE: Mutex<Option<Value>> = Mutex::new(None);
    static REGISTRY: OnceLock<Registry> = OnceLock::new();
    let mut known = IMAGE.lock().unwrap_or_else(PoisonError::into_inner);
    let make = || {
        let registry = REGISTRY.get_or_init(Registry::plain);
        let image = Builder::new().layer(Layer::new().directory("tmp")).build();
        image.push(registry, "tools", "1");
        json!({"repository": format!("{}/tools", registry.host()), "digest": image.digest()})
    };
    known.get_or_insert_with(make).clone()
}

/// Returns what is the service's own beside `defaults.yml`, with secrets by their names.
pub(crate) fn of(shop: &Shop) -> Value {
    let servers = &shop.servers;
    let tools = empty_tools_image();
    json!({
        "service": "shop", "source-uri": URI, "quayside-uri": URI,
        "tools-image": tools, "build-image": tools,
        "image-repository": format!("{}/{REPOSITORY}", servers.quay.host()),
        "image-access": {
            "username": "acme+shop", "password": "((quay-robot-password))",
            "quay": {"url": servers.quay.api_url(), "token": "((quay-api-token))"},
        },
        "image-params": {"assemble": {
            "base": base(servers), "layers": [{"from": "built", "to": "/app"}], "entrypoint": ["/app/serve"],
        }},
        "vault-access": {"address": servers.vault_url(), "token": "((vault-token))"},
        "vault-values-at": "",
        "deploy-timeout": "20s",
        "staging-vault-path": "secret/shop/staging", "production-vault-path": "secret/shop/production",
        "staging-cluster": cluster(servers), "production-cluster": cluster(servers),
        "staging-namespace": shop.namespace("staging"), "production-namespace": shop.namespace("production"),
        "staging-values": ["source/chart/staging.yaml"], "production-values": ["source/chart/production.yaml"],
        "staging-url": "https://staging.example.com", "production-url": "https://production.example.com",
    })
}

fn base(servers: &Servers) -> Value {
    json!({
        "repository": format!("{}/{BASE}", servers.bases.host()), "digest": servers.base.digest(),
        "username": BASE_USER, "password": "((base-password))",
    })
}

fn cluster(servers: &Servers) -> Value {
    json!({
        "cluster_url": servers.cluster_url(), "cluster_ca": servers.cluster.ca_pem(), "token": "((cluster-token))",
    })
}
