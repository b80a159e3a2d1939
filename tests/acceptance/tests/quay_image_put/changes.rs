//! What a put adds: labels, annotations, an expiry, a signature.

use std::fs;
use std::process::{Command, Stdio};

use serde_json::{Value, json};
use stack::image::{Builder, Content, Index, media_type};
use stack::{Folder, binary};

use crate::place::{Place, REPOSITORY, image, other_image};

fn manifest(place: &Place, reference: &str) -> Value {
    place.remote().manifest(REPOSITORY, reference).unwrap()
}

fn labels(place: &Place, manifest: &Value) -> Value {
    let config = place.remote().blob(REPOSITORY, manifest["config"]["digest"].as_str().unwrap()).unwrap();
    let config: Value = serde_json::from_slice(&config).unwrap();
    config["config"]["Labels"].clone()
}

#[test]
fn labels_and_annotations_come_as_texts_or_from_files() {
    let place = Place::new();
    place.write("source/revision", "abc123\n");
    let params = json!({
        "image": place.layout("image", &other_image()), "version": "1.0.0", "expires_after": "2w",
        "labels": {"revision": {"file": "source/revision"}, "build": 7},
        "annotations": {"org.opencontainers.image.revision": {"file": "source/revision"}},
    });
    let digest = place.put(&params).json()["version"]["digest"].clone();
    assert_ne!(digest, other_image().digest());
    let manifest = manifest(&place, "1.0.0");
    assert_eq!(manifest["annotations"], json!({"org.opencontainers.image.revision": "abc123"}));
    let expected = json!({"which": "other", "build": "7", "quay.expires-after": "2w", "revision": "abc123"});
    assert_eq!(labels(&place, &manifest), expected);
    assert_eq!(manifest["layers"], other_image().json()["layers"]);
    assert_eq!(place.put(&params).json()["version"]["digest"], digest, "the same again");
}

#[test]
fn an_image_that_expires_is_tagged_again_so_that_its_time_begins_anew() {
    let place = Place::new();
    let params = json!({"image": place.layout("image", &image()), "version": "1.0.0", "expires_after": "1d"});
    place.put(&params).json();
    place.proxy.forget_requests();
    place.put(&params).json();
    let writes = place.writes();
    assert_eq!(writes.len(), 1, "{writes:?}");
    assert_eq!(writes[0].1, "manifests/1.0.0");
}

#[test]
fn dockers_manifest_becomes_ocis_where_it_gets_annotations() {
    let place = Place::new();
    let docker = Builder::new().docker().layer(stack::image::Layer::new().file("a", "a")).build();
    let params =
        json!({"image": place.layout("image", &docker), "version": "1.0.0", "annotations": {"a": "b"}});
    place.put(&params).json();
    let manifest = manifest(&place, "1.0.0");
    assert_eq!(manifest["mediaType"], media_type::MANIFEST);
    assert_eq!(manifest["config"]["mediaType"], media_type::CONFIG);
    assert_eq!(manifest["layers"][0]["mediaType"], format!("{}+gzip", media_type::LAYER));
}

#[test]
fn every_image_of_an_index_gets_the_labels() {
    let place = Place::new();
    let arm = |image: Builder| -> Content { image.platform("linux/arm64").build() };
    let index = Index::of([image(), arm(Builder::new())]).build();
    let params = json!({"image": place.layout("image", &index), "version": "1.0.0", "expires_after": "3d"});
    place.put(&params).json();
    let top = manifest(&place, "1.0.0");
    assert_eq!(top["annotations"], json!({"quay.expires-after": "3d"}));
    for entry in top["manifests"].as_array().unwrap() {
        let child = manifest(&place, entry["digest"].as_str().unwrap());
        assert_eq!(labels(&place, &child), json!({"quay.expires-after": "3d"}));
        assert_eq!(entry["platform"]["os"], "linux");
    }
}

#[test]
fn cosign_verifies_what_is_signed() {
    let place = Place::new();
    let keys = Folder::new("keys");
    let cosign = |arguments: &[&str]| {
        let output = Command::new(binary("cosign"))
            .args(arguments)
            .current_dir(keys.path())
            .env("COSIGN_PASSWORD", "put-canary")
            .stdin(Stdio::null())
            .output()
            .unwrap();
        assert!(output.status.success(), "cosign {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    };
    cosign(&["generate-key-pair"]);
    let key = fs::read_to_string(keys.path().join("cosign.key")).unwrap();
    let params = json!({
        "image": place.layout("image", &image()), "version": "1.0.0",
        "sign": {"key": key, "password": "put-canary"},
    });
    let outcome = place.put(&params);
    let first = outcome.json();
    let name = format!("{}/{REPOSITORY}:1.0.0", place.registry.host());
    cosign(&["verify", "--key", "cosign.pub", "--insecure-ignore-tlog", "--allow-insecure-registry", &name]);
    let paths: Vec<String> = place.writes().into_iter().map(|(_, path, _)| path).collect();
    let signed = paths.iter().position(|path| path.ends_with(".sig")).unwrap();
    assert!(
        signed < paths.iter().position(|path| path == "manifests/1.0.0").unwrap(),
        "signed before the tag moves"
    );
    place.proxy.forget_requests();
    assert_eq!(place.put(&params).json(), first);
    assert_eq!(place.writes(), [], "signed once");
    let wrong = json!({
        "image": "image", "version": "1.0.0", "sign": {"key": key, "password": "put-wrong-canary"},
    });
    let refused = place.put(&wrong);
    assert!(refused.error().contains("password"), "{}", refused.stderr);
    for secret in ["put-canary", "put-wrong-canary", key.lines().nth(1).unwrap()] {
        assert!(!format!("{}{}{}", outcome.stdout, outcome.stderr, refused.stderr).contains(secret));
    }
}
