//! Where values come from, and which ones win.

use http::Method;
use serde_json::{Value, json};

use crate::place::{Place, cluster};

fn rendered(place: &Place) -> (Value, Value) {
    let map = cluster().call(Method::GET, &place.path("configmaps", "web"), None);
    let deployment = cluster().call(Method::GET, &place.path("apps/deployments", "web"), None);
    let image = deployment.pointer("/spec/template/spec/containers/0/image").cloned().unwrap();
    (map["data"]["greeting"].clone(), image)
}

#[test]
fn values_of_all_kinds_are_merged_in_order() {
    let place = Place::new();
    let write = |name: &str, content: &str| {
        let path = place.inputs.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    };
    write("config/a,b.yaml", "greeting: from a file\nreplicas: 2\n");
    write("image/repository", "quay.example.com/team/shop\n");
    write("image/tag", "2.6\n");
    write("image/digest", &format!("sha256:{}\n", "a".repeat(64)));
    write("db/vault.json", r#"{"kv-db": {"password": "vault-canary", "user": "shop"}}"#);
    write("config/build.yaml", "greeting: {{ vars.word }} {{ file('image/tag') }}\n");
    let outcome = place.put(json!({
        "chart": "charts/shop", "values": "config/a*.yaml",
        "values_from": [
            {"kind": "Image", "artifact": "image"},
            {"kind": "Vault", "artifact": "db", "key": "password", "target_path": "password"},
            {"kind": "Template", "path": "config/build.yaml", "vars": {"word": "templated"}},
        ],
        "override_values": [{"key": "replicas", "value": 3}],
    }));
    outcome.json();
    let (greeting, image) = rendered(&place);
    assert_eq!(greeting, "templated 2.6");
    assert_eq!(image, format!("quay.example.com/team/shop:2.6@sha256:{}", "a".repeat(64)));
    let deployment = cluster().call(Method::GET, &place.path("apps/deployments", "web"), None);
    assert_eq!(deployment["spec"]["replicas"], 3);
    let secret = cluster().call(Method::GET, &place.path("secrets", "web"), None);
    assert_eq!(secret["data"]["password"], "dmF1bHQtY2FuYXJ5");
    assert!(!outcome.stderr.contains("canary") && !outcome.stdout.contains("canary"), "{}", outcome.stderr);
}

#[test]
fn values_are_read_from_the_cluster() {
    let place = Place::new();
    let objects = format!("api/v1/namespaces/{}", place.namespace);
    cluster().create(
        &format!("{objects}/configmaps"),
        &json!({"metadata": {"name": "base"}, "data": {"values.yaml": "greeting: from a ConfigMap"}}),
    );
    cluster().create(
        &format!("{objects}/secrets"),
        &json!({"metadata": {"name": "login"}, "stringData": {"password": "cluster-canary"}}),
    );
    let from = json!([
        {"kind": "ConfigMap", "name": "base"},
        {"kind": "Secret", "name": "login", "key": "password", "target_path": "password"},
        {"kind": "Secret", "name": "not-there", "optional": true},
    ]);
    place.put(json!({"chart": "charts/shop", "values_from": from})).json();
    assert_eq!(rendered(&place).0, "from a ConfigMap");
    let missing =
        place.put(json!({"chart": "charts/shop", "values_from": [{"kind": "ConfigMap", "name": "none"}]}));
    assert!(missing.error().contains("`optional: true` goes on without it"), "{}", missing.stderr);
}

#[test]
fn missing_files_are_named_or_skipped() {
    let place = Place::new();
    let params = json!({"chart": "charts/shop", "values": ["config/none.yaml"]});
    assert!(place.put(params.clone()).error().contains("`config/none.yaml`"));
    let mut tolerant = params;
    tolerant["skip_missing_values"] = true.into();
    place.put(tolerant).json();
}
