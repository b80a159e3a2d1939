//! `format: oci`: what `docker load` takes.

use std::process::Command;

use serde_json::json;
use stack::image::{Builder, Index, Layer, noise};

use crate::place::{Place, TAG, image};

/// Runs a program and returns what it prints.
#[track_caller]
fn run(program: &str, arguments: &[&str]) -> String {
    let output = Command::new(program)
        .args(arguments)
        .output()
        .unwrap_or_else(|problem| panic!("{program}: {problem}"));
    assert!(output.status.success(), "{program} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout).unwrap()
}

#[test]
fn the_tarball_is_described_for_docker() {
    let image = image();
    let place = Place::with(&image);
    place.get(&image, &json!({"format": "oci"})).json();
    let tarball = place.path("image.tar").display().to_string();
    let manifest = run("tar", &["xOf", &tarball, "manifest.json"]);
    let manifest: serde_json::Value = serde_json::from_str(&manifest).unwrap();
    let name = format!("{}:{TAG}", place.quay.source["repository"].as_str().unwrap());
    assert_eq!(manifest[0]["RepoTags"], json!([name]));
    assert_eq!(manifest[0]["Layers"].as_array().unwrap().len(), 3);
    assert_eq!(place.json("labels.json")["team"], "a");
}

#[test]
fn other_programs_find_the_image_whole() {
    let layer = |number: u64| Layer::new().file(format!("file-{number}"), noise(number, 100_000));
    let image = Builder::new().layer(layer(1)).layer(layer(2)).build();
    let place = Place::with(&image);
    place.get(&image, &json!({"format": "oci"})).json();
    let tarball = place.path("image.tar").display().to_string();
    let crane = stack::binary("crane").display().to_string();
    let validated = run(&crane, &["validate", "--tarball", &tarball]);
    assert!(validated.contains("PASS"), "{validated}");
}

#[test]
fn one_image_of_an_index_is_taken_and_a_repeated_layer_is_kept_once() {
    let layer = || Layer::new().file("file", "x");
    let of = |platform: &str| Builder::new().platform(platform).layer(layer()).layer(layer()).build();
    let index = Index::of([of("linux/amd64"), of("linux/arm64")]).build();
    let place = Place::with(&index);
    place.get(&index, &json!({"format": "oci", "platform": {"architecture": "arm64"}})).json();
    let tarball = place.path("image.tar").display().to_string();
    let names = run("tar", &["tf", &tarball]);
    assert_eq!(names.lines().count(), 3, "config, layer and manifest.json: {names}");
    let config = names.lines().next().unwrap();
    assert!(run("tar", &["xOf", &tarball, config]).contains("arm64"));
}

#[test]
fn a_version_without_a_tag_makes_a_tarball_without_a_name() {
    let image = image();
    let place = Place::with(&image);
    let version = json!({"digest": image.digest()});
    place.quay.get(place.folder.path(), &version, &json!({"format": "oci"})).json();
    let tarball = place.path("image.tar").display().to_string();
    assert!(run("tar", &["xOf", &tarball, "manifest.json"]).contains("\"RepoTags\":null"));
}
