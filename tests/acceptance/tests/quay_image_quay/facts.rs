//! What a get tells of history, expiry and labels.

use std::fs;

use serde_json::{Value, json};
use stack::fault_proxy::Answer;
use stack::{Fault, On};

use crate::place::{Place, REPOSITORY, image, metadata};

#[test]
fn history_labels_and_expiry_are_files() {
    let place = Place::new();
    place.push("a=v1 b=v1");
    place.layout("image", &image("c"));
    place
        .put(&json!({
            "image": "image", "version": "1.0.0", "quay_labels": {"team": "payments"}, "tag_expiry": "2w",
        }))
        .json();
    let (folder, outcome) = place.get("c", "1.0.0", &json!({}));
    let read = |name: &str| fs::read_to_string(folder.path().join(name)).unwrap();
    let labels: Value = serde_json::from_str(&read("labels.json")).unwrap();
    assert_eq!(labels, json!({"name": "c", "team": "payments"}), "the image's and Quay's");
    let expiry = read("expiry");
    assert!(expiry.ends_with('Z') && metadata(&outcome.json(), "expiry") == expiry, "{expiry}");

    let (folder, outcome) = place.get("b", "v1", &json!({"format": "oci-layout"}));
    assert!(outcome.succeeded, "{}", outcome.stderr);
    let history = fs::read_to_string(folder.path().join("history.json")).unwrap();
    let history: Value = serde_json::from_str(&history).unwrap();
    let digests: Vec<&Value> = history.as_array().unwrap().iter().map(|row| &row["digest"]).collect();
    assert_eq!(digests, [image("b").digest(), image("a").digest()], "newest first");
    assert!(history[0]["end"].is_null() && history[1]["end"].is_string(), "{history}");
    assert_eq!(fs::read_to_string(folder.path().join("expiry")).unwrap(), "");
}

#[test]
fn a_robot_gets_the_image_without_them() {
    let mut place = Place::new();
    place.push("a=v1");
    let password = place.stub.create_robot("acme+ci", &[(REPOSITORY, "read")]);
    place.set(&json!({"quay": {"url": place.proxy.url()}, "username": "acme+ci", "password": password}));
    let (folder, outcome) = place.get("a", "v1", &json!({}));
    assert!(outcome.succeeded, "{}", outcome.stderr);
    assert!(!folder.path().join("history.json").exists());
    assert_eq!(place.asked(), Vec::<String>::new(), "Quay would refuse it");
}

#[test]
fn a_token_that_may_not_read_them_is_said_and_no_reason_to_fail() {
    let mut place = Place::new();
    place.push("a=v1");
    let password = place.stub.create_robot("acme+ci", &[(REPOSITORY, "read")]);
    place.scopes("user:read");
    place.set(&json!({"username": "acme+ci", "password": password}));
    let (_, outcome) = place.get("a", "v1", &json!({}));
    assert!(outcome.succeeded && outcome.stderr.contains("`repo:read`"), "{}", outcome.stderr);
}

#[test]
fn an_api_that_fails_is_no_reason_not_to_fetch_the_image() {
    let place = Place::new();
    place.push("a=v1");
    for fault in [Fault::nginx(404), Fault::Answer(Answer::nginx(200)), Fault::TruncateAfter(1)] {
        place.proxy.heal();
        place.proxy.inject(On::path("/api/v1/"), fault.clone());
        let (folder, outcome) = place.get("a", "v1", &json!({}));
        assert!(outcome.succeeded, "{fault:?}: {}", outcome.stderr);
        assert!(outcome.stderr.contains("no history, labels and expiry"), "{fault:?}: {}", outcome.stderr);
        assert!(folder.path().join("rootfs/name").exists(), "{fault:?}");
    }
}
