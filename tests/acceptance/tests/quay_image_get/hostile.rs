//! Images of attackers.

use serde_json::json;
use stack::image::{Builder, Content, Layer};

use crate::place::Place;

fn image_of(layers: Vec<Layer>) -> Content {
    layers.into_iter().fold(Builder::new(), Builder::layer).build()
}

#[test]
fn hostile_layers_leave_nothing_and_are_named() {
    let outside = stack::Folder::new("outside");
    let target = outside.path().to_str().unwrap().to_owned();
    let long = "folder/".repeat(700);
    let layer = Layer::new;
    let cases = [
        ("parent", vec![layer().file("../evil", "x")], "`../evil`"),
        ("parent in the middle", vec![layer().file("a/../../evil", "x")], "`a/../../evil`"),
        ("parent after the root", vec![layer().file("/../evil", "x")], "`/../evil`"),
        ("through a symlink to itself", vec![layer().symlink("a", "a").file("a/evil", "x")], "`a/evil`"),
        ("symlink for a parent", vec![layer().symlink("a/..", &target)], "`a/..`"),
        ("hard link outside", vec![layer().hard_link("a", "../../etc/passwd")], "`../../etc/passwd`"),
        (
            "hard link by symlink",
            vec![layer().symlink("a", "/etc").hard_link("b", "a/passwd")],
            "`etc/passwd`",
        ),
        ("hard link to nothing", vec![layer().hard_link("b", "/etc/passwd")], "`etc/passwd`"),
        ("hard link to the root", vec![layer().hard_link("b", "/")], "`b`"),
        ("whiteout outside", vec![layer().whiteout("../evil")], "`../.wh.evil`"),
        ("whiteout of the parent", vec![layer().file("a/.wh...", "")], "`a/.wh...`"),
        ("too long", vec![layer().file(&long, "x")], "4095"),
        ("too long a part", vec![layer().file("n".repeat(256), "x")], "255"),
        ("too long a target", vec![layer().hard_link("b", &long)], "4095"),
        ("no archive", vec![Layer::from_tar("not a tar archive ".repeat(100))], "no tar header"),
        ("cut off", vec![Layer::from_tar(&layer().file("a", vec![0; 5000]).tar()[..3000])], "cut off"),
    ];
    for (case, layers, expected) in cases {
        let image = image_of(layers);
        let place = Place::with(&image);
        let message = place.refusal(&image, &json!({}));
        assert!(message.contains(expected), "{case}: {message}");
        assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 0, "{case}");
    }
}

/// Absolute names, and links that lead outside, mean what they mean to a program that runs in the image.
#[test]
fn what_leads_outside_ends_at_the_root_of_the_image() {
    let outside = stack::Folder::new("outside");
    std::fs::write(outside.path().join("secret"), "secret").unwrap();
    let target = outside.path().to_str().unwrap().to_owned();
    let inside = format!("rootfs{target}/file");
    let layer = Layer::new;
    let cases = [
        ("absolute name", vec![layer().file(format!("{target}/file"), "x")]),
        ("through a symlink", vec![layer().symlink("a", &target).file("a/file", "x")]),
        ("through a lower symlink", vec![layer().symlink("a", &target), layer().file("a/file", "x")]),
        (
            "through a symlink upwards",
            vec![layer().symlink("a", format!("../../../..{target}")), layer().file("a/file", "x")],
        ),
        (
            "whiteout through a symlink",
            vec![
                layer().file(format!("{target}/file"), "x").symlink("a", &target),
                layer().whiteout("a/secret"),
            ],
        ),
    ];
    for (case, layers) in cases {
        let image = image_of(layers);
        let place = Place::with(&image);
        place.get(&image, &json!({})).json();
        assert_eq!(place.text(&inside), "x", "{case}");
        assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 1, "{case}");
        assert_eq!(std::fs::read(outside.path().join("secret")).unwrap(), b"secret", "{case}");
    }
}

#[test]
fn a_decompression_bomb_ends_at_max_size() {
    let zeros = || Layer::new().file("zeros", vec![0; 40_000_000]);
    for layer in [zeros(), zeros().zstd()] {
        let image = image_of(vec![layer]);
        let place = Place::with(&image);
        let message = place.refusal(&image, &json!({"max_size": 10_000_000}));
        assert!(message.contains("larger than `max_size`, 10000000 bytes"), "{message}");
        assert!(message.contains("raise `params.max_size`"), "{message}");
        place.get(&image, &json!({"max_size": 50_000_000})).json();
    }
}

#[test]
fn names_that_are_no_text_are_kept() {
    use std::os::unix::ffi::OsStrExt;
    let image = image_of(vec![Layer::new().file(b"caf\xe9", "x")]);
    let place = Place::with(&image);
    place.get(&image, &json!({})).json();
    let name = std::ffi::OsStr::from_bytes(b"caf\xe9");
    assert!(place.path("rootfs").join(name).exists());
}
