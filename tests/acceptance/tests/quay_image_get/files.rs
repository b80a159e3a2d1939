//! What every get writes, and which image it takes.

use std::collections::BTreeSet;

use serde_json::{Value, json};
use stack::image::{Builder, Index, Layer};

use crate::place::{Place, REPOSITORY, TAG, image};

fn names(of: &[&str]) -> BTreeSet<String> {
    of.iter().map(|name| (*name).to_owned()).collect()
}

#[test]
fn each_format_has_its_files() {
    let image = image();
    let cases = [
        (json!({}), &["digest", "labels.json", "metadata.json", "repository", "rootfs", "tag"][..]),
        (
            json!({"format": "rootfs"}),
            &["digest", "labels.json", "metadata.json", "repository", "rootfs", "tag"],
        ),
        (json!({"format": "oci"}), &["digest", "image.tar", "labels.json", "repository", "tag"]),
        (json!({"format": "oci-layout"}), &["digest", "oci", "repository", "tag"]),
        (json!({"skip_download": true}), &["digest", "repository", "tag"]),
        (json!({"skip_download": "true"}), &["digest", "repository", "tag"]),
    ];
    for (params, expected) in cases {
        let place = Place::with(&image);
        let fetched = place.get(&image, &params).json();
        assert_eq!(place.names(), names(expected), "{params}");
        assert_eq!(fetched["version"], json!({"tag": TAG, "digest": image.digest()}), "{params}");
        assert_eq!(place.text("repository"), place.quay.source["repository"].as_str().unwrap(), "{params}");
        assert_eq!(place.text("tag"), TAG, "{params}");
        assert_eq!(place.text("digest"), image.digest(), "{params}");
    }
}

#[test]
fn a_version_with_a_digest_alone_is_fetched() {
    let image = image();
    let place = Place::with(&image);
    let version = json!({"digest": image.digest()});
    let fetched = place.quay.get(place.folder.path(), &version, &Value::Null).json();
    assert_eq!(fetched["version"], version);
    assert_eq!(place.text("tag"), "");
    assert_eq!(place.text("rootfs/etc/motd"), "hello\n");
}

#[test]
fn the_tag_may_have_moved_on() {
    let image = image();
    let place = Place::with(&image);
    Builder::new().layer(Layer::new().file("new", "")).build().push(&place.registry, REPOSITORY, TAG);
    place.get(&image, &json!({})).json();
    assert_eq!(place.text("rootfs/etc/motd"), "hello\n");
}

#[test]
fn a_second_get_makes_the_same_tree() {
    let image = image();
    let (one, two) = (Place::with(&image), Place::with(&image));
    let listings = [&one, &two].map(|place| {
        place.get(&image, &json!({})).json();
        let output = std::process::Command::new("find")
            .args(["rootfs", "-printf", "%p %y %m %U:%G %T@ %s %l\\n"])
            .current_dir(place.folder.path())
            .output()
            .unwrap();
        let mut lines: Vec<String> =
            String::from_utf8(output.stdout).unwrap().lines().map(str::to_owned).collect();
        // The size of a folder is the file system's affair.
        lines.retain(|line| !line.contains(" d "));
        lines.sort();
        lines
    });
    assert_eq!(listings[0], listings[1]);
}

#[test]
fn the_platform_picks_one_image_of_an_index() {
    let of = |platform: &str, name: &str| {
        Builder::new().platform(platform).layer(Layer::new().file("name", name)).build()
    };
    let index = Index::of([
        of("linux/amd64", "amd64"),
        of("linux/arm64/v8", "arm64"),
        Index::of([of("linux/s390x", "nested")]).build(),
    ])
    .build();
    let cases = [
        (json!({}), json!({"platform": {"architecture": "amd64"}}), "amd64"),
        (json!({}), json!({"platform": {"architecture": "arm64/v8", "os": "linux"}}), "arm64"),
        (json!({"platform": {"architecture": "arm64"}}), json!({}), "arm64"),
        (
            json!({"platform": {"architecture": "arm64"}}),
            json!({"platform": {"architecture": "s390x"}}),
            "nested",
        ),
    ];
    for (source, params, expected) in cases {
        let place = Place::with(&index).source(&source);
        place.get(&index, &params).json();
        assert_eq!(place.text("rootfs/name"), expected, "{source} {params}");
        assert_eq!(place.text("digest"), index.digest());
    }
    let place = Place::with(&index);
    let outcome = place.get(&index, &json!({"platform": {"architecture": "riscv64"}}));
    assert!(outcome.error().contains("linux/riscv64"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("linux/arm64"), "{}", outcome.stderr);
    assert!(!place.names().contains("rootfs"));
}

#[test]
fn mistakes_in_params_are_named() {
    let image = image();
    let place = Place::with(&image);
    let cases = [
        (json!({"format": "tar"}), "`params.format`"),
        (json!({"formt": "oci"}), "format"),
        (json!({"skip_download": "maybe"}), "skip_download"),
        (json!({"max_size": "much"}), "max_size"),
    ];
    for (params, expected) in cases {
        let outcome = place.get(&image, &params);
        assert!(outcome.error().contains(expected), "{params}: {}", outcome.stderr);
        assert!(place.names().is_empty(), "{params}");
    }
}
