//! Where charts come from: folders, archives, repositories, registries.

use std::path::PathBuf;
use std::process::Command;

use serde_json::{Value, json};
use stack::Registry;

use crate::place::{Place, charts, cluster};

/// Packs the chart `shop` into a folder and returns the archive.
fn package(place: &Place) -> PathBuf {
    let folder = place.inputs.path().join("out");
    let chart = charts().join("shop").display().to_string();
    let (packed, text) =
        place.helm("helm4", &["package", &chart, "--destination", &folder.display().to_string()]);
    assert!(packed, "{text}");
    folder.join("shop-1.0.0.tgz")
}

fn revision(place: &Place, params: Value) -> Value {
    place.put(params).json()["version"]["revision"].clone()
}

#[test]
fn archives_are_taken_by_name_and_by_pattern() {
    let place = Place::new();
    package(&place);
    assert_eq!(revision(&place, json!({"chart": "out/shop-1.0.0.tgz"})), "1");
    assert_eq!(revision(&place, json!({"chart": "out/shop-*.tgz"})), "2");
    let none = place.put(json!({"chart": "out/none-*.tgz"}));
    assert!(none.error().contains("matches nothing in the inputs"), "{}", none.stderr);
    let unknown = place.put(json!({"chart": "bitnami/redis"}));
    assert!(unknown.error().contains("the repositories of `source.repos` are: none"), "{}", unknown.stderr);
}

#[test]
fn dependencies_of_a_folder_are_fetched() {
    let place = Place::new();
    assert_eq!(revision(&place, json!({"chart": "charts/umbrella"})), "1");
    let map = cluster().call(http::Method::GET, &place.path("configmaps", "web"), None);
    assert_eq!(map["data"]["greeting"], "from the umbrella");
}

#[test]
fn charts_of_a_registry_are_fetched_by_tag_and_digest_with_credentials() {
    let place = Place::new();
    let registry = Registry::builder().htpasswd("robot", "registry-canary").start();
    let archive = package(&place);
    let config = place.inputs.path().join("push.json");
    let login = Command::new(stack::binary("helm4"))
        .args([
            "registry",
            "login",
            &registry.host(),
            "--username",
            "robot",
            "--password",
            "registry-canary",
            "--plain-http",
        ])
        .env("HELM_REGISTRY_CONFIG", &config)
        .output()
        .unwrap();
    assert!(login.status.success(), "{}", String::from_utf8_lossy(&login.stderr));
    let push = Command::new(stack::binary("helm4"))
        .args([
            "push",
            &archive.display().to_string(),
            &format!("oci://{}/charts", registry.host()),
            "--plain-http",
        ])
        .env("HELM_REGISTRY_CONFIG", &config)
        .output()
        .unwrap();
    let pushed = String::from_utf8_lossy(&push.stderr).into_owned() + &String::from_utf8_lossy(&push.stdout);
    assert!(push.status.success(), "{pushed}");
    let digest = pushed.lines().find_map(|line| line.strip_prefix("Digest: ")).unwrap().trim().to_owned();
    // A quay-image source as it is: its other keys do no harm.
    let quay = json!({
        "repository": format!("{}/team/app", registry.host()), "tag": "1", "username": "robot",
        "password": "registry-canary", "plain_http": true,
    });
    let source = json!({"registries": [quay]});
    let chart = format!("oci://{}/charts/shop", registry.host());
    let by_tag = place.put_with(source.clone(), json!({"chart": chart, "version": "1.0.0"}));
    assert_eq!(by_tag.json()["version"]["revision"], "1");
    let by_digest = place.put_with(source.clone(), json!({"chart": format!("{chart}@{digest}")}));
    assert_eq!(by_digest.json()["version"]["revision"], "2");
    let refused = place.put(json!({"chart": chart, "version": "1.0.0", "registries": [{"host": registry.host(), "plain_http": true}]}));
    assert!(refused.error().contains("the chart's registry wants credentials"), "{}", refused.stderr);
    assert!(!refused.stderr.contains("canary"));
}
