//! Service account tokens of a real Kubernetes API server.

use http::Method;
use serde_json::json;

use crate::login_kubernetes::cluster;
use crate::setup::{call, get, mount, resource, text};

#[test]
fn a_token_is_made_and_its_kubeconfig_works() {
    let cluster = cluster();
    cluster.create_namespace("vault-engine");
    let engine = mount("kubernetes", json!({}));
    let config = json!({"kubernetes_host": cluster.url(), "kubernetes_ca_cert": cluster.ca_pem(), "service_account_jwt": cluster.token()});
    call(Method::POST, &format!("{engine}/config"), config);
    let role = json!({
        "allowed_kubernetes_namespaces": ["*"], "token_default_ttl": "10m",
        "generated_role_rules": r#"{"rules": [{"apiGroups": [""], "resources": ["pods"], "verbs": ["list"]}]}"#,
    });
    call(Method::POST, &format!("{engine}/roles/ci"), role);
    // In the form of the resources before ours, where it could never work, with what it lacks.
    let secret = json!({"engine": "kubernetes", "mount": engine, "path": "ci", "name": "deployer",
        "params": {"kubernetes_namespace": "vault-engine"}});
    let source = resource(json!({ "secret": secret }));
    let version = source.check(None).json()[0].clone();
    let kubeconfig =
        json!({"format": "kubeconfig", "kubernetes": {"server": cluster.url(), "ca_cert": cluster.ca_pem()}});
    let got = get(&source, version, json!({"files": [{"format": "vault"}, kubeconfig]}));
    let token = text(&got.json("vault.json")["deployer"]["service_account_token"]);
    let pods =
        |token: &str| cluster.try_call(token, Method::GET, "api/v1/namespaces/vault-engine/pods", None).0;
    assert_eq!(pods(&token), 200);
    assert!(
        got.text("kubeconfig").contains(&token)
            && got.text("kubeconfig").contains("\"namespace\": \"vault-engine\"")
    );
    let id = text(&got.json("leases.json")["leases"][0]["lease_id"]);
    let inputs = stack::Folder::new("put");
    let renewed = source.put(inputs.path(), &json!({"renew": [{"lease_id": id}]}));
    assert!(renewed.error().contains("can't be renewed"), "{}", renewed.stderr);
    source.put(inputs.path(), &json!({"revoke": [{"lease_id": id}]})).json();
    assert_ne!(pods(&token), 200, "the service account is gone");
}
