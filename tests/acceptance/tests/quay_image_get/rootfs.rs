//! `format: rootfs`.

use std::fs;

use serde_json::json;
use stack::image::{Blob, Builder, Layer, noise};
use stack::registry::TokenAuth;
use stack::{FaultProxy, Registry};

use crate::place::{Place, REPOSITORY, image};

#[test]
fn layers_become_one_root_filesystem() {
    let image = image();
    let place = Place::with(&image);
    place.get(&image, &json!({})).json();
    assert_eq!(place.text("rootfs/etc/motd"), "hello\n");
    assert_eq!(fs::read(place.path("rootfs/noise")).unwrap(), noise(1, 3_000_000));
    assert_eq!(place.text("rootfs/bin/app"), "#!/bin/app\n");
    assert!(!place.path("rootfs/etc/gone").exists());
}

/// Layers are read twice then. What had come of them before is far more than what may wait to be taken.
#[test]
fn paths_through_links_of_lower_layers_are_followed() {
    let large = |number| Layer::new().file(format!("noise-{number}"), noise(number, 12_000_000)).plain();
    let image = Builder::new()
        .layer(large(1).directory("usr").directory("usr/bin").symlink("bin", "usr/bin"))
        .layer(large(2))
        .layer(large(3))
        .layer(Layer::new().executable("bin/app", "#!/bin/app\n"))
        .build();
    let place = Place::with(&image);
    place.get(&image, &json!({})).json();
    assert_eq!(place.text("rootfs/usr/bin/app"), "#!/bin/app\n");
    assert_eq!(fs::read_link(place.path("rootfs/bin")).unwrap().to_str(), Some("usr/bin"));
    for number in 1..=3 {
        let found = fs::read(place.path(&format!("rootfs/noise-{number}"))).unwrap();
        assert!(found == noise(number, 12_000_000), "noise-{number}");
    }
}

#[test]
fn images_of_docker_and_odd_ones_are_taken() {
    let layer = || Layer::new().file("file", "content");
    let with_type = |media_type: &str, layer: Layer| {
        Builder::new().layer_blob(Blob::new(media_type, layer.blob().bytes), &layer.diff_id()).build()
    };
    let gzip = "application/vnd.oci.image.layer.v1.tar+gzip";
    let cases = [
        ("docker", Builder::new().docker().layer(layer()).build()),
        ("plain", Builder::new().layer(layer().plain()).build()),
        ("zstd under gzip's media type", with_type(gzip, layer().zstd())),
        ("plain under gzip's media type", with_type(gzip, layer().plain())),
        (
            "docker's uncompressed type",
            with_type("application/vnd.docker.image.rootfs.diff.tar", layer().plain()),
        ),
        (
            "docker's zstd type",
            with_type("application/vnd.docker.image.rootfs.diff.tar.zstd", layer().zstd()),
        ),
        (
            "empty layers about it",
            Builder::new().layer(Layer::new()).layer(layer()).layer(Layer::new()).build(),
        ),
        ("a layer twice", Builder::new().layer(layer()).layer(layer()).build()),
        (
            "the empty platform",
            Builder::new().layer(layer()).config(|config| config["architecture"] = json!("")).build(),
        ),
    ];
    for (case, image) in cases {
        let place = Place::with(&image);
        place.get(&image, &json!({})).json();
        assert_eq!(place.text("rootfs/file"), "content", "{case}");
    }
}

#[test]
fn an_image_without_layers_is_an_empty_folder() {
    let image = Builder::new().build();
    let place = Place::with(&image);
    place.get(&image, &json!({})).json();
    assert_eq!(fs::read_dir(place.path("rootfs")).unwrap().count(), 0);
    assert_eq!(place.json("labels.json"), json!({}));
}

/// The lower layers wait until the topmost is unpacked, with their connections open. None may hold up another.
#[test]
fn layers_do_not_wait_for_each_other() {
    let layer = |number: u64| Layer::new().file(format!("noise-{number}"), noise(number, 9_000_000));
    let image = (0..5).fold(Builder::new(), |builder, number| builder.layer(layer(number))).build();
    let registry = Registry::builder().tls().start();
    image.push(&registry, REPOSITORY, crate::place::TAG);
    let place = Place::with(&image).source(&json!({
        "repository": format!("{}/{REPOSITORY}", registry.host()),
        "ca_certs": [registry.ca_pem().unwrap()],
    }));
    place.get(&image, &json!({})).json();
    for number in 0..5 {
        let name = format!("rootfs/noise-{number}");
        assert_eq!(fs::read(place.path(&name)).unwrap(), noise(number, 9_000_000), "{number}");
    }
}

#[test]
fn registries_with_credentials_and_private_authorities_serve() {
    let image = image();
    let user = json!({"username": "ann", "password": "get-canary"});
    let registries = [
        Registry::builder().htpasswd("ann", "get-canary").start(),
        Registry::builder().token_auth(TokenAuth::user("ann", "get-canary")).start(),
    ];
    for registry in registries {
        let place = Place::on(registry, &image).source(&user);
        let outcome = place.get(&image, &json!({}));
        outcome.json();
        assert!(!format!("{outcome:?}").contains("get-canary"));
        assert_eq!(place.text("rootfs/etc/motd"), "hello\n");
    }
    let place = Place::with(&image);
    let proxy = FaultProxy::builder(&place.registry).tls().start();
    let place = place.source(&json!({
        "repository": format!("{}/{REPOSITORY}", proxy.host()), "ca_certs": [proxy.ca_pem().unwrap()],
    }));
    place.get(&image, &json!({})).json();
    assert_eq!(place.text("rootfs/etc/motd"), "hello\n");
}

#[test]
fn what_is_skipped_is_said_once() {
    let device = |name: &str| stack::image::Entry::character_device(name, 1, 3);
    let label = |name: &str| stack::image::Entry::file(name, "").xattr("security.selinux", "label");
    let layer =
        Layer::new().entry(device("dev/null")).entry(device("dev/zero")).entry(label("a")).entry(label("b"));
    let image = Builder::new().layer(layer).build();
    let place = Place::with(&image);
    let outcome = place.get(&image, &json!({}));
    outcome.json();
    assert_eq!(outcome.stderr.matches("2 devices were skipped").count(), 1, "{}", outcome.stderr);
    assert_eq!(outcome.stderr.matches("2 extended attributes were skipped").count(), 1, "{}", outcome.stderr);
}
