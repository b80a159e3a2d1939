//! get: the files of a revision.

use std::os::unix::fs::PermissionsExt;

use serde_json::{Value, json};

use crate::place::{Place, cluster, read};

#[test]
fn a_get_writes_what_there_is_to_know_and_masks_secrets() {
    let place = Place::new();
    place.deploy(json!({"password": "get-canary-1", "greeting": "first"})).json();
    let version =
        place.deploy(json!({"password": "get-canary-2", "greeting": "psst get-canary-2"})).json()["version"]
            .clone();
    let (folder, _) = place.get(&version, &json!({}));
    let mut names: Vec<String> = std::fs::read_dir(folder.path())
        .unwrap()
        .map(|entry| entry.unwrap().file_name().to_string_lossy().into_owned())
        .collect();
    names.sort();
    let expected = [
        "app_version",
        "chart.tgz",
        "chart_version",
        "diff.patch",
        "hooks.yaml",
        "images.txt",
        "manifest.yaml",
        "notes.txt",
        "release.json",
        "revision",
        "status.json",
        "values-all.yaml",
        "values.yaml",
    ];
    assert_eq!(names, expected);
    for name in expected.iter().filter(|name| **name != "chart.tgz") {
        assert!(!read(&folder, name).contains("canary"), "{name}: {}", read(&folder, name));
    }
    assert_eq!(read(&folder, "images.txt"), "registry.example.com/curl:8\nregistry.example.com/shop:2.5\n");
    assert!(read(&folder, "notes.txt").starts_with("web says psst ((masked))."));
    assert!(read(&folder, "values-all.yaml").contains("replicas: 1"));
    assert!(read(&folder, "diff.patch").contains("-  greeting: first"), "{}", read(&folder, "diff.patch"));
    let status: Value = serde_json::from_str(&read(&folder, "status.json")).unwrap();
    assert_eq!(status["ready"], true, "{status}");
}

#[test]
fn secrets_are_written_where_that_is_asked_for_the_owner_alone() {
    let place = Place::new();
    let version = place.deploy(json!({"password": "shown-canary"})).json()["version"].clone();
    let (folder, _) = place.get(&version, &json!({"show_secrets": true}));
    assert!(read(&folder, "values.yaml").contains("shown-canary"));
    let mode = std::fs::metadata(folder.path().join("values.yaml")).unwrap().permissions().mode();
    assert_eq!(mode & 0o777, 0o600);
}

#[test]
fn chosen_values_are_masked_wherever_they_are() {
    let place = Place::new();
    let version = place.deploy(json!({"greeting": "chosen-canary"})).json()["version"].clone();
    let (folder, document) = place.get(&version, &json!({"mask": ["greeting"]}));
    for name in ["values.yaml", "values-all.yaml", "manifest.yaml", "notes.txt", "release.json"] {
        assert!(!read(&folder, name).contains("canary"), "{name}");
    }
    assert!(!document.to_string().contains("canary"));
}

#[test]
fn a_get_can_cost_nothing() {
    let place = Place::new();
    let nowhere = place.with(json!({"cluster_url": "http://127.0.0.1:9"}));
    let folder = stack::Folder::new("get");
    let version = json!({"release": "web", "revision": "1"});
    let outcome = nowhere.get(folder.path(), &version, &json!({"skip_download": true}));
    assert_eq!(outcome.json()["version"], version);
    let _ = cluster();
}
