//! The Roles that docs/helm-release.md names are enough, and what is missing without them is said.

use serde_json::{Value, json};

use crate::place::{Place, cluster};

/// Returns the rules of a Role in the documentation.
fn documented(name: &str) -> Value {
    let page = std::fs::read_to_string(crate::place::charts().join("../../docs/helm-release.md")).unwrap();
    let section = page.split(&format!("<!-- role {name} -->")).nth(1).expect("the page has the role");
    let yaml = section.split("```").nth(1).unwrap().trim_start_matches("yaml\n");
    let rules = yaml.split("rules:\n").nth(1).unwrap();
    let rule = |line: &str| -> Option<Value> { serde_json::from_str(line.trim().strip_prefix("- ")?).ok() };
    let rules: Vec<Value> = rules.lines().filter_map(rule).collect();
    assert!(!rules.is_empty(), "rules are written as JSON, one a line");
    json!(rules)
}

#[test]
fn the_documented_roles_are_enough() {
    let place = Place::new();
    let version = place.deploy(json!({})).json()["version"].clone();
    let token = cluster().service_account(&place.namespace, "check", &documented("check"));
    assert_eq!(place.with(json!({"token": token})).check(None).json(), json!([version]));

    let token = cluster().service_account(&place.namespace, "get", &documented("get"));
    let folder = stack::Folder::new("get");
    let outcome = place.with(json!({"token": token})).get(folder.path(), &version, &json!({}));
    outcome.json();
    let status: Value = serde_json::from_str(&crate::place::read(&folder, "status.json")).unwrap();
    assert_eq!(status["ready"], true, "{status}");

    let token = cluster().service_account(&place.namespace, "put", &documented("put"));
    let params = json!({"chart": "charts/shop", "check_is_ready": true, "timeout": "60s", "crds": "skip"});
    place.put_with(json!({"token": token}), params).json();
    let broken = json!({"chart": "charts/shop", "values_inline": {"plays": "crash-loop"}, "crds": "skip",
        "check_is_ready": true, "timeout": "3s", "on_failure": "rollback"});
    let failed = place.put_with(json!({"token": token}), broken);
    assert!(failed.error().contains("CrashLoopBackOff"), "{}", failed.stderr);
    assert!(
        failed.stderr.contains("rolled back") && !failed.stderr.contains("can't be read"),
        "{}",
        failed.stderr
    );
}
