//! What can't be assembled is refused by name, with a remedy, before anything is written.

use std::os::unix::net::UnixListener;

use serde_json::{Value, json};

use crate::place::{BASE, Place, base};

#[test]
fn mistakes_are_named_with_their_place_and_a_remedy() {
    let place = Place::new();
    base("linux/amd64").write_layout(&place.path("base/oci"), "1");
    base("linux/amd64").push(&place.registry, BASE, "1");
    let registry_base = format!("{}/{BASE}", place.proxy.host());
    let _socket = UnixListener::bind(place.path("build/app.sock")).unwrap();
    std::os::unix::fs::symlink("/etc", place.path("build/outside")).unwrap();
    let layer = |fields: Value| {
        let mut layer = json!({"from": "build/out"});
        layer.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
        json!({"layers": [layer]})
    };
    let cases = [
        (
            "missing folder",
            layer(json!({"from": "build/none"})),
            "`params.assemble.layers[0].from` names nothing",
        ),
        ("folder outside", layer(json!({"from": "build/outside"})), "leads out of the inputs"),
        ("a socket", layer(json!({"from": "build"})), "app.sock` is a socket"),
        ("relative target", layer(json!({"to": "app"})), "`params.assemble.layers[0].to`: `app` is no path"),
        ("owner by name", layer(json!({"owner": "root"})), "`root` is no owner"),
        ("a file as root", layer(json!({"from": "build/out/bin/app"})), "a file needs a name in the image"),
        (
            "another platform",
            layer(json!({"platform": "plan9/mips"})),
            "is for plan9/mips, and the image for",
        ),
        ("no time", json!({"source_date_epoch": "soon"}), "`soon` is no time"),
        ("no port", json!({"ports": ["http"]}), "`params.assemble.ports[0]`: `http` is no port"),
        ("no platform", json!({"platforms": ["arm64"]}), "`arm64` is no platform"),
        ("no variable", json!({"env": {"A=B": "c"}}), "`A=B` is no name for a variable"),
        ("misspelt", json!({"layer": []}), "layers"),
        ("no base", json!({"base": {}}), "neither `path` nor `repository`"),
        (
            "two bases",
            json!({"base": {"path": "base/oci", "repository": "a"}}),
            "both `path` and `repository`",
        ),
        (
            "missing base",
            json!({"base": {"path": "base/none"}}),
            "`params.assemble.base.path` names no image",
        ),
        ("no image", json!({"base": {"path": "build/out"}}), "cannot use the base"),
        (
            "a platform that the base on disk lacks",
            json!({"base": {"path": "base/oci"}, "platforms": ["linux/s390x"]}),
            "the base has no image for linux/s390x; it is for linux/amd64",
        ),
        (
            "a platform that the base in the registry lacks",
            json!({"base": {"repository": registry_base, "tag": "1"}, "platforms": ["linux/s390x"]}),
            "the base has no image for linux/s390x; it is for linux/amd64",
        ),
        (
            "a base that is not in the registry",
            json!({"base": {"repository": registry_base, "tag": "2"}}),
            ":2` is not there",
        ),
    ];
    for (case, assemble, expected) in cases {
        let outcome = place.put(&assemble);
        assert!(outcome.error().contains(expected), "{case}: {}", outcome.stderr);
    }
    assert_eq!(place.writes(), [""; 0]);
}

#[test]
fn an_image_is_either_read_or_assembled() {
    let place = Place::new();
    let params = json!({"image": "build/out", "assemble": {}, "version": "1.0.0"});
    let outcome = place.quay.put(place.inputs.path(), &params);
    assert!(outcome.error().contains("both `image` and `assemble`"), "{}", outcome.stderr);
}
