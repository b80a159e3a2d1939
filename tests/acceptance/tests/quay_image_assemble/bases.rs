//! Bases: a layout that was fetched, an image in the same registry or another, several platforms.

use std::fs;

use serde_json::{Value, json};
use stack::Registry;
use stack::image::Index;

use crate::place::{BASE, Place, REPOSITORY, base};

fn on(base: &Value) -> Value {
    json!({"base": base, "layers": [{"from": "build/out", "to": "/app"}], "env": {"LANG": "C.UTF-8", "A": "b"}})
}

#[test]
fn a_base_on_disk_and_the_same_in_the_registry_give_the_same_image() {
    let place = Place::new();
    let base = base("linux/amd64");
    base.push(&place.registry, BASE, "1");
    base.write_layout(&place.path("base/oci"), "1");
    let name = format!("{}/{BASE}", place.proxy.host());
    place.write("base/repository", &name, 0o644);
    place.write("base/tag", "1", 0o644);
    let from_disk = place.put(&on(&json!({"path": "base/oci"}))).json();
    let (manifest, config) = place.image("1.0.0");
    assert_eq!(manifest["annotations"]["org.opencontainers.image.base.name"], format!("{name}:1"));
    assert_eq!(manifest["annotations"]["org.opencontainers.image.base.digest"], base.digest());
    assert_eq!(config["config"]["Env"], json!(["PATH=/usr/bin", "LANG=C.UTF-8", "A=b"]));
    assert_eq!(config["config"]["User"], "root");
    assert_eq!(manifest["layers"].as_array().unwrap()[..2], base.json()["layers"].as_array().unwrap()[..]);
    let from_registry = place.put(&on(&json!({"repository": name, "tag": "1"}))).json();
    assert_eq!(from_registry, from_disk);
    let fetched = place.get(&from_disk["version"]);
    for (name, content) in [("etc/motd", "hello\n"), ("app/etc/app.conf", "colour = green\n")] {
        assert_eq!(fs::read_to_string(fetched.path().join("rootfs").join(name)).unwrap(), content, "{name}");
    }
}

#[test]
fn the_layers_of_a_base_in_the_same_registry_are_mounted_and_not_read() {
    let place = Place::new();
    let base = base("linux/amd64");
    base.push(&place.registry, BASE, "1");
    let name = format!("{}/{BASE}", place.proxy.host());
    let outcome = place.put(&on(&json!({"repository": name, "digest": base.digest()})));
    outcome.json();
    assert!(outcome.stderr.contains("2 sent"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("2 taken from other repositories"), "{}", outcome.stderr);
    let layers = base.json()["layers"].clone();
    for layer in layers.as_array().unwrap() {
        let digest = layer["digest"].as_str().unwrap();
        let read = |request: &stack::fault_proxy::Recorded| {
            request.method == "GET" && request.path.ends_with(digest)
        };
        assert!(!place.proxy.requests().iter().any(read), "{digest} was read");
    }
}

#[test]
fn the_layers_of_a_base_in_another_registry_are_passed_on() {
    let (place, other) = (Place::new(), Registry::plain());
    let base = base("linux/amd64");
    base.push(&other, BASE, "latest");
    let outcome = place.put(&on(&json!({"repository": format!("{}/{BASE}", other.host())})));
    let version = outcome.json()["version"].clone();
    assert!(outcome.stderr.contains("4 sent"), "{}", outcome.stderr);
    let fetched = place.get(&version);
    assert_eq!(fs::read_to_string(fetched.path().join("rootfs/etc/motd")).unwrap(), "hello\n");
    assert_eq!(fs::metadata(fetched.path().join("rootfs/noise")).unwrap().len(), 300_000);
}

#[test]
fn several_platforms_become_an_index_of_which_each_has_its_own_layers() {
    let place = Place::new();
    let platforms = ["linux/amd64", "linux/arm64"];
    Index::of(platforms.map(base)).build().write_layout(&place.path("base/oci"), "1");
    place.write("build/arm64", "arm\n", 0o755);
    let assemble = json!({
        "base": {"path": "base/oci"},
        "platforms": platforms,
        "layers": [{"from": "build/out"}, {"from": "build/arm64", "to": "/bin/only", "platform": "linux/arm64"}],
        "revision": "0123abc",
    });
    place.put(&assemble).json();
    let index = place.remote().manifest(REPOSITORY, "1.0.0").unwrap();
    assert_eq!(index["annotations"]["org.opencontainers.image.revision"], "0123abc");
    for ((entry, platform), layers) in
        index["manifests"].as_array().unwrap().iter().zip(platforms).zip([3, 4])
    {
        let architecture = entry["platform"]["architecture"].as_str().unwrap();
        assert_eq!(format!("linux/{architecture}"), platform);
        let (manifest, config) = place.image(entry["digest"].as_str().unwrap());
        assert_eq!(config["architecture"], architecture);
        assert_eq!(manifest["layers"].as_array().unwrap().len(), layers, "{platform}");
        assert_eq!(config["rootfs"]["diff_ids"].as_array().unwrap().len(), layers, "{platform}");
        let digest = &manifest["annotations"]["org.opencontainers.image.base.digest"];
        assert_eq!(*digest, base(platform).digest());
    }
}
