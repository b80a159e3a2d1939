//! The forms in which an image may come, against what other tools make of them.

use std::process::{Command, Stdio};

use serde_json::json;
use stack::image::{Artifact, Blob, Builder, Content, Index, Layer};

use crate::place::{Place, REPOSITORY, image};

fn layers() -> [Layer; 2] {
    [Layer::new().file("one", "1".repeat(20_000)), Layer::new().file("two", "2".repeat(20_000))]
}

fn built(layers: impl IntoIterator<Item = Layer>) -> Content {
    layers.into_iter().fold(Builder::new().docker(), Builder::layer).build()
}

#[test]
fn a_saved_image_with_compressed_layers_gets_the_digest_that_crane_gives_it() {
    let place = Place::new();
    let image = built(layers());
    let compressed: Vec<Vec<u8>> = layers().iter().map(|layer| layer.blob().bytes.to_vec()).collect();
    image.write_docker_archive(&place.path("image.tar"), "acme/app:1", &compressed);
    let theirs = format!("{}/crane/app:1", place.registry.host());
    place.crane(&["push", "--insecure", place.path("image.tar").to_str().unwrap(), &theirs]);
    let result = place.put(&json!({"image": "image.tar", "version": "1.0.0"})).json();
    assert_eq!(
        Some(result["version"]["digest"].as_str().unwrap().to_owned()),
        place.remote().digest("crane/app", "1")
    );
}

#[test]
fn a_saved_image_with_plain_layers_is_compressed_and_whole() {
    let place = Place::new();
    let plain: Vec<Vec<u8>> = layers().iter().map(Layer::tar).collect();
    built(layers()).write_docker_archive(&place.path("image.tar"), "acme/app:1", &plain);
    let first = place.put(&json!({"image": "image.tar", "version": "1.0.0"})).json();
    let name = format!("{}/{REPOSITORY}:1.0.0", place.registry.host());
    place.crane(&["validate", "--insecure", "--remote", &name]);
    let copy = place.path("copy");
    let skopeo = Command::new("skopeo")
        .args(["copy", "--quiet", "--src-tls-verify=false", &format!("docker://{name}")])
        .arg(format!("oci:{}:x", copy.display()))
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(skopeo.status.success(), "{}", String::from_utf8_lossy(&skopeo.stderr));
    let manifest = place.remote().manifest(REPOSITORY, "1.0.0").unwrap();
    let smaller = manifest["layers"][0]["size"].as_u64().unwrap();
    assert!(smaller < 2_000, "not compressed: {smaller} bytes");
    place.proxy.forget_requests();
    assert_eq!(place.put(&json!({"image": "image.tar", "version": "1.0.0"})).json(), first);
    assert_eq!(place.writes(), [], "the same compression each time");
}

#[test]
fn an_oci_tarball_and_its_layout_are_the_same_image() {
    let place = Place::new();
    image().write_oci_archive(&place.path("image.tar"), "1");
    let result = place.put(&json!({"image": "*.tar", "version": "1.0.0"})).json();
    assert_eq!(result["version"]["digest"], image().digest());
    let result = place.put(&json!({"image": place.layout("image", &image()), "version": "1.0.0"})).json();
    assert_eq!(result["version"]["digest"], image().digest());
}

#[test]
fn indexes_in_indexes_artifacts_and_zstd_layers_keep_their_digest() {
    let place = Place::new();
    let zstd =
        Builder::new().platform("linux/arm64").layer(Layer::new().file("z", "z".repeat(9000)).zstd()).build();
    let chart = Artifact::new("application/vnd.acme.chart").blob(Blob::new("text/plain", "chart")).build();
    let inner = Index::of([image(), zstd]).build();
    let outer = Index::of([inner, chart]).annotation("team", "a").build();
    let result = place.put(&json!({"image": place.layout("image", &outer), "version": "1.0.0"})).json();
    assert_eq!(result["version"]["digest"], outer.digest());
    assert_eq!(place.remote().manifest(REPOSITORY, "1.0.0").unwrap(), outer.json());
}

#[test]
fn an_image_that_is_none_says_what_it_is() {
    let place = Place::new();
    place.write("program", b"\x7fELF\x02");
    image().write_oci_archive(&place.path("cut.tar"), "1");
    let cut = std::fs::File::options().write(true).open(place.path("cut.tar")).unwrap();
    cut.set_len(300_000).unwrap();
    for (name, expected) in [("program", "a program (ELF)"), ("cut.tar", "the tarball is cut off")] {
        let outcome = place.put(&json!({"image": name, "version": "1.0.0"}));
        assert!(outcome.error().contains(expected), "{}", outcome.stderr);
    }
    assert!(place.proxy.requests().is_empty());
}
