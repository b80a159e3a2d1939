//! A secret never shows: not in logs, versions, metadata or files, at no log level, in no failure.

use serde_json::json;

use crate::place::Place;

const CANARY: &str = "canary-7f3a9c";

#[test]
fn no_output_of_any_step_shows_a_secret() {
    let place = Place::new();
    let resource = place.with(json!({"debug": true, "env_vars": {"APP_TOKEN": format!("{CANARY}-env")}}));
    let write =
        |name: &str, content: String| std::fs::write(place.inputs.path().join(name), content).unwrap();
    std::fs::create_dir_all(place.inputs.path().join("db")).unwrap();
    write("db/vault.json", json!({"kv-db": {"password": format!("{CANARY}-vault")}}).to_string());
    let mut outputs = Vec::new();
    let good = json!({
        "chart": "charts/shop", "show_diff": true, "check_is_ready": true,
        "values_inline": {"greeting": "ok"},
        "values_from": [{"kind": "Vault", "artifact": "db", "target_path": ""}],
        "override_values": [{"key": "greeting", "value": format!("{CANARY}-hidden"), "hide": true}],
    });
    let run = |params: &serde_json::Value| {
        crate::place::run(
            &resource,
            "out",
            Some(place.inputs.path()),
            &json!({"source": resource.source, "params": params}),
        )
    };
    let first = run(&good);
    first.json();
    outputs.push(first);
    // Helm's own errors repeat values: of a schema, and of an object that the API server refuses.
    let mut refused = good.clone();
    refused["override_values"] =
        json!([{"key": "replicas", "value": format!("{CANARY}-schema"), "hide": true}]);
    outputs.push(run(&refused));
    let mut unready = good.clone();
    unready["values_inline"] = json!({"plays": "crash-loop"});
    unready["timeout"] = "3s".into();
    outputs.push(run(&unready));
    let version = json!({"release": "web", "revision": "1"});
    outputs.push(resource.check(None));
    let folder = stack::Folder::new("get");
    outputs.push(resource.get(folder.path(), &version, &json!({"mask": ["greeting"], "drift": true})));
    for outcome in &outputs {
        assert!(!outcome.stdout.contains(CANARY), "{}", outcome.stdout);
        assert!(!outcome.stderr.contains(CANARY), "{}", outcome.stderr);
        assert!(!outcome.stderr.contains("quayside-admin-token"), "the cluster's token: {}", outcome.stderr);
    }
    for entry in std::fs::read_dir(folder.path()).unwrap().flatten() {
        let content = std::fs::read(entry.path()).unwrap();
        assert!(!String::from_utf8_lossy(&content).contains(CANARY), "{}", entry.path().display());
    }
}
