//! A mirror stands for Docker Hub alone.

use serde_json::json;
use stack::Registry;
use stack::image::Builder;

use acceptance::Resource;

use crate::place::{Place, image, resource, shown};

#[test]
fn docker_hub_is_read_from_its_mirror() {
    let mirror = Registry::builder().htpasswd("ann", "right-password").start();
    image("a").push(&mirror, "library/alpine", "3");
    image("b").push(&mirror, "acme/app", "1.0.0");
    let registry_mirror = json!({"host": mirror.host(), "username": "ann", "password": "right-password"});
    let cases = [("alpine", "3", "a=3"), ("docker.io/acme/app", "1.0.0", "b=1.0.0")];
    for (repository, tag, expected) in cases {
        let source = json!({"repository": repository, "tag": tag, "registry_mirror": registry_mirror});
        let versions = Resource::new("quay-image", source).check(None).json();
        assert_eq!(shown(&versions), expected, "{repository}");
    }
}

#[test]
fn another_registry_is_asked_itself() {
    let (place, mirror) = (Place::with("a=1.0.0"), Registry::plain());
    Builder::new().build().push(&mirror, "acme/app", "9.0.0");
    let source = json!({"registry_mirror": {"host": mirror.host()}});
    assert_eq!(shown(&resource(&place.registry.host(), &source).check(None).json()), "a=1.0.0");
}
