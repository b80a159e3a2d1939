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
        ("through a symlink", vec![layer().symlink("a", &target).file("a/evil", "x")], "`a/evil`"),
        ("through a lower symlink", vec![layer().symlink("a", &target), layer().file("a/evil", "x")], "`a`"),
        ("hard link outside", vec![layer().hard_link("a", "../../etc/passwd")], "`../../etc/passwd`"),
        ("hard link by symlink", vec![layer().symlink("a", "/etc").hard_link("b", "a/passwd")], "`a/passwd`"),
        ("whiteout outside", vec![layer().whiteout("../evil")], "`../.wh.evil`"),
        ("whiteout of the parent", vec![layer().file("a/.wh...", "")], "`a/.wh...`"),
        ("too long", vec![layer().file(&long, "x")], "4095"),
        ("no archive", vec![Layer::from_tar("not a tar archive ".repeat(100))], "no tar header"),
        ("cut off", vec![Layer::from_tar(&layer().file("a", vec![0; 5000]).tar()[..3000])], "cut off"),
    ];
    for (case, layers, expected) in cases {
        let image = image_of(layers);
        let place = Place::with(&image);
        let outcome = place.get(&image, &json!({}));
        assert!(outcome.error().contains(expected), "{case}: {}", outcome.stderr);
        assert!(outcome.stderr.contains("hint: "), "{case}: {}", outcome.stderr);
        assert!(place.names().is_empty(), "{case}: {:?}", place.names());
        assert_eq!(std::fs::read_dir(outside.path()).unwrap().count(), 0, "{case}");
    }
}

#[test]
fn a_decompression_bomb_ends_at_max_size() {
    let image = image_of(vec![Layer::new().file("zeros", vec![0; 40_000_000])]);
    let place = Place::with(&image);
    let outcome = place.get(&image, &json!({"max_size": 10_000_000}));
    assert!(outcome.error().contains("larger than `max_size`, 10000000 bytes"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("raise `params.max_size`"), "{}", outcome.stderr);
    assert!(place.names().is_empty());
    place.get(&image, &json!({"max_size": 50_000_000})).json();
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
