//! What layers do to those below, by example. [`crate::stacks`] tries many more.

use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::MetadataExt;

use stack::image::{Entry, Layer};

use crate::snapshot::{Found, Kind, snapshot};
use crate::support::{chain, unpack};

fn layer() -> Layer {
    Layer::new()
}

/// Lists what comes of layers.
pub(crate) fn listing(layers: &[Layer]) -> Vec<String> {
    let folder = tempfile::tempdir().unwrap();
    unpack(folder.path(), layers).unwrap_or_else(|error| panic!("{}", chain(&error)));
    lines(snapshot(folder.path()))
}

/// Lists what is there: folders end with a slash, files are followed by their content.
pub(crate) fn lines(all: BTreeMap<Vec<u8>, Found>) -> Vec<String> {
    let text = |bytes: Vec<u8>| String::from_utf8_lossy(&bytes).into_owned();
    let line = |(name, found): (Vec<u8>, Found)| match found.kind {
        Kind::File(content) => format!("{} {}", text(name), text(content)),
        Kind::Folder => format!("{}/", text(name)),
        Kind::Symlink(target) => format!("{} -> {}", text(name), text(target)),
        Kind::Fifo => format!("{} |", text(name)),
    };
    all.into_iter().map(line).collect()
}

#[test]
fn higher_layers_win() {
    let base = || layer().directory("a").file("a/one", "1").file("a/two", "2");
    let cases: [(&str, Vec<Layer>, &[&str]); 16] = [
        ("no layers", vec![], &[]),
        ("an empty layer", vec![base(), layer()], &["a/", "a/one 1", "a/two 2"]),
        ("a file is replaced", vec![base(), layer().file("a/one", "new")], &["a/", "a/one new", "a/two 2"]),
        ("a whiteout removes a file", vec![base(), layer().whiteout("a/one")], &["a/", "a/two 2"]),
        ("a whiteout removes a folder", vec![base(), layer().whiteout("a")], &[]),
        ("an opaque folder is emptied", vec![base(), layer().directory("a").opaque("a")], &["a/"]),
        (
            "what the layer of a marker has stays, wherever the marker stands",
            vec![base(), layer().file("a/new", "n").opaque("a").file("a/one", "mine").whiteout("a/one")],
            &["a/", "a/new n", "a/one mine"],
        ),
        ("a root can be opaque", vec![base(), layer().file(".wh..wh..opq", "").file("b", "b")], &["b b"]),
        ("a file takes a folder's place", vec![base(), layer().file("a", "file")], &["a file"]),
        (
            "a folder takes a file's place",
            vec![base(), layer().file("a/one/x", "x")],
            &["a/", "a/one/", "a/one/x x", "a/two 2"],
        ),
        (
            "a folder that came back doesn't have what it had",
            vec![base(), layer().file("a", "file"), layer().directory("a").file("a/three", "3")],
            &["a/", "a/three 3"],
        ),
        ("a symlink takes a folder's place", vec![base(), layer().symlink("a", "/b")], &["a -> /b"]),
        (
            "a folder takes a symlink's place",
            vec![layer().symlink("a", "/b"), base()],
            &["a/", "a/one 1", "a/two 2"],
        ),
        ("absolute names are relative to the root", vec![layer().file("/a/b", "x")], &["a/", "a/b x"]),
        (
            "markers of AUFS mean nothing",
            vec![layer().directory(".wh..wh.plnk").file(".wh..wh.plnk/1.2", "")],
            &[],
        ),
        (
            "a later entry of a layer wins",
            vec![layer().file("a", "1").directory("a").file("a/b", "2")],
            &["a/", "a/b 2"],
        ),
    ];
    for (case, layers, expected) in cases {
        assert_eq!(listing(&layers), expected, "{case}");
    }
}

#[test]
fn hard_links_find_their_targets() {
    let cases: [(&str, Vec<Layer>, &[&str]); 10] = [
        ("in the layer", vec![layer().file("a", "x").hard_link("b", "a")], &["a x", "b x"]),
        ("absolute", vec![layer().file("d/a", "x").hard_link("b", "/d/a")], &["b x", "d/", "d/a x"]),
        (
            "of a link",
            vec![layer().file("a", "x").hard_link("b", "a").hard_link("c", "b")],
            &["a x", "b x", "c x"],
        ),
        ("of a symlink", vec![layer().symlink("a", "x").hard_link("b", "a")], &["a -> x", "b -> x"]),
        (
            "in a lower layer",
            vec![layer().file("a", "x"), layer(), layer().hard_link("b", "a")],
            &["a x", "b x"],
        ),
        (
            "in a lower layer, removed by a higher one",
            vec![layer().file("a", "x"), layer().hard_link("b", "a"), layer().whiteout("a")],
            &["b x"],
        ),
        (
            "in a lower layer, replaced by the link's own layer later",
            vec![layer().file("a", "x").hard_link("b", "a"), layer().file("a", "y")],
            &["a y", "b x"],
        ),
        (
            "passed over in the same layer",
            vec![layer().file("a", "x").hard_link("b", "a").hard_link("c", "a"), layer().whiteout("a")],
            &["b x", "c x"],
        ),
        (
            "a chain of which all but the end is gone",
            vec![
                layer().file("a", "x").hard_link("b", "a").hard_link("c", "b"),
                layer().whiteout("a").whiteout("b"),
            ],
            &["c x"],
        ),
        ("a hidden link needs nothing", vec![layer().hard_link("b", "gone"), layer().whiteout("b")], &[]),
    ];
    for (case, layers, expected) in cases {
        assert_eq!(listing(&layers), expected, "{case}");
    }
}

#[test]
fn hard_links_are_names_of_one_file() {
    let folder = tempfile::tempdir().unwrap();
    let layers = [
        layer().file("a", "x").file("gone", "y"),
        layer().hard_link("b", "a").hard_link("c", "gone"),
        layer().hard_link("d", "c").whiteout("gone"),
    ];
    unpack(folder.path(), &layers).unwrap();
    let inode = |name: &str| fs::metadata(folder.path().join(name)).unwrap().ino();
    assert_eq!(inode("a"), inode("b"));
    assert_eq!(inode("c"), inode("d"));
}

#[test]
fn hard_links_without_targets_are_refused() {
    let cases = [
        ("nowhere", vec![layer().file("x", ""), layer().hard_link("b", "a")]),
        (
            "removed before the link's layer",
            vec![layer().file("a", "x"), layer().whiteout("a"), layer().hard_link("b", "a")],
        ),
        (
            "emptied before the link's layer",
            vec![layer().file("d/a", "x"), layer().opaque("d"), layer().hard_link("b", "d/a")],
        ),
        (
            "replaced before the link's layer",
            vec![layer().file("d/a", "x"), layer().file("d", ""), layer().hard_link("b", "d/a")],
        ),
    ];
    for (case, layers) in cases {
        let folder = tempfile::tempdir().unwrap();
        let message = chain(&unpack(folder.path(), &layers).expect_err(case));
        assert!(message.contains("`b`") && message.contains("hard link to"), "{case}: {message}");
    }
}

#[test]
fn what_is_hidden_is_not_written() {
    let folder = tempfile::tempdir().unwrap();
    let large = vec![b'x'; 1_000_000];
    let layers = [
        layer().file("a", large.clone()).file("d/b", large.clone()).file("c", large),
        layer().file("a", "new").whiteout("d").whiteout("c"),
    ];
    let summary = unpack(folder.path(), &layers).unwrap();
    assert_eq!((summary.entries, summary.hidden, summary.bytes), (6, 3, 3));
}

#[test]
fn the_highest_description_of_a_folder_counts() {
    let folder = tempfile::tempdir().unwrap();
    let described = |mode, time| Entry::directory("a").mode(mode).modified(time);
    let layers = [
        layer().entry(described(0o711, 10)).file("a/x", "1"),
        layer().entry(described(0o750, 20)).file("a/y", "2"),
        layer().file("a/z", "3"),
    ];
    unpack(folder.path(), &layers).unwrap();
    let found = snapshot(folder.path());
    let a = &found[b"a".as_slice()];
    assert_eq!((a.mode, a.modified), (0o750, 20), "the time is that of the entry, though files came later");
}
