//! Logging in as a Kubernetes service account, which a real API server vouches for.

use std::sync::OnceLock;

use http::Method;
use serde_json::json;
use stack::Kubernetes;

use crate::setup::{call, get, mount_login, policy, resource, unique, write};

/// Returns the cluster that the tests share.
pub(crate) fn cluster() -> &'static Kubernetes {
    static CLUSTER: OnceLock<Kubernetes> = OnceLock::new();
    CLUSTER.get_or_init(Kubernetes::start)
}

#[test]
fn a_service_account_logs_in() {
    let path = unique("login/kubernetes");
    write(&path, json!({"key": "value"}));
    let cluster = cluster();
    let jwt = cluster.service_account("vault-login", "ci", &json!([]));
    let mount = mount_login("kubernetes");
    let config = json!({
        "kubernetes_host": cluster.url(), "kubernetes_ca_cert": cluster.ca_pem(),
        "token_reviewer_jwt": cluster.token(), "disable_local_ca_jwt": true,
    });
    call(Method::POST, &format!("auth/{mount}/config"), config);
    let role = json!({
        "bound_service_account_names": ["ci"], "bound_service_account_namespaces": ["vault-login"],
        "token_policies": [policy(&[(&format!("secret/data/{path}"), &["read"])])],
    });
    call(Method::POST, &format!("auth/{mount}/role/ci"), role);
    let folder = stack::Folder::new("service-account");
    let file = folder.write("token", &jwt);
    for login in [json!({ "jwt": jwt }), json!({ "jwt_file": file })] {
        let mut keys = json!({
            "token": null, "auth_engine": "kubernetes", "auth_mount": mount, "vault_role": "ci",
            "secret": {"path": format!("secret/{path}"), "name": "app"},
        });
        crate::setup::merge(&mut keys, login);
        let got = get(&resource(keys), json!({"version": "1"}), json!({}));
        assert_eq!(got.json("vault.json")["app"]["key"], "value");
    }
    let absent = resource(json!({
        "token": null, "auth_engine": "kubernetes", "auth_mount": mount, "vault_role": "ci",
        "jwt_file": "/nowhere/token", "secret": {"path": "secret/x"},
    }));
    assert!(absent.check(None).error().contains("cannot read `jwt_file` from `/nowhere/token`"));
}
