//! Several images as one index.

use serde_json::{Value, json};
use stack::image::{Builder, Content, Index, Layer, media_type};

use crate::place::{Place, REPOSITORY, image};

fn for_platform(platform: &str) -> Content {
    Builder::new().platform(platform).layer(Layer::new().file("platform", platform)).build()
}

fn platforms(manifest: &Value) -> Vec<String> {
    let entries = manifest["manifests"].as_array().unwrap();
    let text = |value: &Value| value.as_str().unwrap_or_default().to_owned();
    entries
        .iter()
        .map(|entry| {
            let platform = &entry["platform"];
            let all = [text(&platform["os"]), text(&platform["architecture"]), text(&platform["variant"])]
                .join("/");
            all.trim_end_matches('/').to_owned()
        })
        .collect()
}

#[test]
fn a_list_of_images_becomes_an_index() {
    let place = Place::new();
    let names = ["linux/amd64", "linux/arm64", "linux/arm/v7"];
    let images: Vec<String> =
        names.iter().map(|name| place.layout(&name.replace('/', "-"), &for_platform(name))).collect();
    let result = place.put(&json!({"image": images, "version": "1.0.0"})).json();
    let manifest = place.remote().manifest(REPOSITORY, "1.0.0").unwrap();
    assert_eq!(manifest["mediaType"], media_type::INDEX);
    assert_eq!(platforms(&manifest), names);
    assert_eq!(place.digest("1.0.0").as_deref(), result["version"]["digest"].as_str());
    for name in names {
        let reference = format!("{}/{REPOSITORY}:1.0.0", place.registry.host());
        let found = place.crane(&["digest", "--insecure", "--platform", name, &reference]);
        assert_eq!(found, for_platform(name).digest(), "{name}");
    }
}

#[test]
fn a_map_says_which_image_is_for_which_platform() {
    let place = Place::new();
    let docker = Builder::new().docker().layer(Layer::new().file("a", "a")).build();
    let index = Index::of([for_platform("linux/arm64"), for_platform("linux/s390x")]).build();
    let images = json!({
        "linux/amd64": place.layout("amd64", &docker), "linux/arm64": place.layout("others", &index),
    });
    place.put(&json!({"image": images, "version": "1.0.0"})).json();
    let manifest = place.remote().manifest(REPOSITORY, "1.0.0").unwrap();
    assert_eq!(platforms(&manifest), ["linux/amd64", "linux/arm64"]);
    assert_eq!(manifest["manifests"][1]["digest"], for_platform("linux/arm64").digest());
}

#[test]
fn images_that_do_not_fit_together_are_refused() {
    let place = Place::new();
    place.layout("one", &image());
    place.layout("two", &for_platform("linux/amd64"));
    let cases = [
        ("same platform twice", json!(["one", "two"]), "two images for linux/amd64"),
        ("another platform", json!({"linux/arm64": "one"}), "names an image for linux/amd64"),
        ("no platform", json!({"arm64": "one"}), "`arm64` is no platform"),
        ("none", json!([]), "names no image"),
        ("missing", json!(["one", "three"]), "`params.image[1]` names no image"),
    ];
    for (case, images, expected) in cases {
        let outcome = place.put(&json!({"image": images, "version": "1.0.0"}));
        assert!(outcome.error().contains(expected), "{case}: {}", outcome.stderr);
    }
    assert!(place.proxy.requests().is_empty());
}
