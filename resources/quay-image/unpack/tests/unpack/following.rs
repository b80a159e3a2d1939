//! Paths that lead through symbolic links: by example, and beside umoci. [`crate::stacks`] tries many more.

use std::cell::RefCell;
use std::fs;
use std::process::Command;

use oci_unpack::{Cancel, Layers, Options};
use stack::image::{Builder, Layer};

use crate::layering::{lines, listing};
use crate::snapshot::snapshot;
use crate::support::{Pieces, Stored};

fn layer() -> Layer {
    Layer::new()
}

/// What Debian has since it merged `/usr`.
fn merged() -> Layer {
    layer().directory("usr").directory("usr/bin").file("usr/bin/sh", "sh").symlink("bin", "usr/bin")
}

type Case = (&'static str, Vec<Layer>, &'static [&'static str]);

/// What umoci makes of it is the same.
fn shared_cases() -> Vec<Case> {
    vec![
        (
            "a file",
            vec![merged(), layer().file("bin/tool", "t")],
            &["bin -> usr/bin", "usr/", "usr/bin/", "usr/bin/sh sh", "usr/bin/tool t"],
        ),
        (
            "a file of the higher layer replaces one of the lower",
            vec![merged(), layer().file("bin/sh", "new")],
            &["bin -> usr/bin", "usr/", "usr/bin/", "usr/bin/sh new"],
        ),
        (
            "by two names, the higher layer counts",
            vec![merged(), layer().file("bin/sh", "1"), layer().file("usr/bin/sh", "2")],
            &["bin -> usr/bin", "usr/", "usr/bin/", "usr/bin/sh 2"],
        ),
        (
            "the same, the other way round",
            vec![merged(), layer().file("usr/bin/sh", "1"), layer().file("bin/sh", "2")],
            &["bin -> usr/bin", "usr/", "usr/bin/", "usr/bin/sh 2"],
        ),
        (
            "an entry for the folder replaces the link",
            vec![merged(), layer().directory("bin").file("bin/tool", "t")],
            &["bin/", "bin/tool t", "usr/", "usr/bin/", "usr/bin/sh sh"],
        ),
        (
            "until then the link is followed",
            vec![merged(), layer().file("bin/early", "e"), layer().directory("bin").file("bin/late", "l")],
            &["bin/", "bin/late l", "usr/", "usr/bin/", "usr/bin/early e", "usr/bin/sh sh"],
        ),
        (
            "what went through a link stays when the link is removed",
            vec![merged(), layer().file("bin/tool", "t"), layer().whiteout("bin")],
            &["usr/", "usr/bin/", "usr/bin/sh sh", "usr/bin/tool t"],
        ),
        ("a whiteout", vec![merged(), layer().whiteout("bin/sh")], &["bin -> usr/bin", "usr/", "usr/bin/"]),
        ("an opaque folder", vec![merged(), layer().opaque("bin")], &["bin -> usr/bin", "usr/", "usr/bin/"]),
        (
            "a hard link's name",
            vec![merged(), layer().file("x", "x").hard_link("bin/x", "x")],
            &["bin -> usr/bin", "usr/", "usr/bin/", "usr/bin/sh sh", "usr/bin/x x", "x x"],
        ),
        (
            "a hard link's target",
            vec![merged(), layer().hard_link("x", "bin/sh")],
            &["bin -> usr/bin", "usr/", "usr/bin/", "usr/bin/sh sh", "x sh"],
        ),
        (
            "a hard link to a link",
            vec![merged(), layer().hard_link("b", "bin"), layer().file("b/tool", "t")],
            &["b -> usr/bin", "bin -> usr/bin", "usr/", "usr/bin/", "usr/bin/sh sh", "usr/bin/tool t"],
        ),
        (
            "links of links, absolute and upwards",
            vec![
                layer().directory("d").symlink("d/l", "../../../up").symlink("up", "/abs").directory("abs"),
                layer().file("d/l/x", "x"),
            ],
            &["abs/", "abs/x x", "d/", "d/l -> ../../../up", "up -> /abs"],
        ),
        (
            "a link that leads nowhere",
            vec![layer().symlink("a", "gone/deep"), layer().file("a/x", "x")],
            &["a -> gone/deep", "gone/", "gone/deep/", "gone/deep/x x"],
        ),
        (
            "a link of the same layer",
            vec![layer().symlink("a", "b").directory("b").file("a/x", "x")],
            &["a -> b", "b/", "b/x x"],
        ),
        (
            "a link that a layer between puts elsewhere",
            vec![
                layer().symlink("a", "b"),
                layer().file("a/1", "1"),
                layer().symlink("a", "c"),
                layer().file("a/2", "2"),
            ],
            &["a -> c", "b/", "b/1 1", "c/", "c/2 2"],
        ),
        (
            "a link made through a link",
            vec![layer().symlink("a", "b"), layer().symlink("a/l", "/c"), layer().file("b/l/x", "x")],
            &["a -> b", "b/", "b/l -> /c", "c/", "c/x x"],
        ),
    ]
}

#[test]
fn links_of_lower_layers_are_followed() {
    for (case, layers, expected) in shared_cases() {
        assert_eq!(listing(&layers), expected, "{case}");
    }
}

/// containerd's own tests of `archive.Apply` have these (`TestBreakouts` in pkg/archive/tar_test.go).
#[test]
fn links_are_followed_as_containerd_does() {
    let etc = || layer().directory("etc").file("etc/passwd", "p");
    let cases: Vec<Case> = vec![
        (
            "SymlinkUpAndOut",
            vec![layer().directory("etc").symlink("l", "/dummy/../etc").file("/l/x", "x")],
            &["etc/", "etc/x x", "l -> /dummy/../etc"],
        ),
        (
            "HardlinkDownAndOut",
            vec![etc().directory("d").symlink("d/1", "../down/../../etc").hard_link("d/mine", "/d/1/passwd")],
            &["d/", "d/1 -> ../down/../../etc", "d/mine p", "etc/", "etc/passwd p"],
        ),
        (
            "SymlinkOverrideDirectory",
            vec![etc().directory("l"), layer().symlink("l", "/etc").hard_link("/l/mine", "/etc/passwd")],
            &["etc/", "etc/mine p", "etc/passwd p", "l -> /etc"],
        ),
        (
            "DirectoryOverrideSymlink",
            vec![etc().symlink("l", "/etc"), layer().directory("l").hard_link("/l/mine", "/etc/passwd")],
            &["etc/", "etc/passwd p", "l/", "l/mine p"],
        ),
        (
            "WhiteoutSymlinkPath",
            vec![etc().symlink("l", "/etc"), layer().whiteout("l/passwd")],
            &["etc/", "l -> /etc"],
        ),
        (
            "WhiteoutDeadSymlinkParent",
            vec![etc().symlink("l", "/dne"), layer().whiteout("l/etc")],
            &["etc/", "etc/passwd p", "l -> /dne"],
        ),
    ];
    for (case, layers, expected) in cases {
        assert_eq!(listing(&layers), expected, "{case}");
    }
}

#[test]
fn umoci_follows_alike() {
    for (case, layers, expected) in shared_cases() {
        let folder = tempfile::tempdir().unwrap();
        let image = layers.into_iter().fold(Builder::new(), Builder::layer).build();
        image.write_layout(&folder.path().join("layout"), "tag");
        let mut umoci = Command::new("umoci");
        umoci.args(["unpack", "--image", "layout:tag", "bundle"]).current_dir(folder.path());
        let output = umoci.output().unwrap();
        assert!(output.status.success(), "{case}: {}", String::from_utf8_lossy(&output.stderr));
        assert_eq!(lines(snapshot(&folder.path().join("bundle/rootfs"))), expected, "{case}");
    }
}

/// Layers that count how often they are read.
struct Counted {
    layers: Stored,
    opened: RefCell<Vec<usize>>,
}

impl Layers for Counted {
    type Stream = Pieces;

    fn count(&self) -> usize {
        self.layers.count()
    }

    fn name(&self, layer: usize) -> String {
        self.layers.name(layer)
    }

    fn open(&self, layer: usize) -> Pieces {
        self.opened.borrow_mut().push(layer);
        self.layers.open(layer)
    }
}

#[test]
fn only_images_with_such_paths_are_read_again() {
    let cases = [
        (
            "a folder in the link's place",
            vec![merged(), layer().directory("bin").file("bin/x", "x")],
            vec![1, 0],
        ),
        (
            "a folder without an entry",
            vec![layer().file("a/b/c", "1"), layer().file("a/b/d", "2")],
            vec![1, 0],
        ),
        ("through a link", vec![merged(), layer().file("bin/x", "x")], vec![1, 0, 0, 1, 1, 0]),
    ];
    for (case, layers, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        let layers = Counted { layers: Stored::new(&layers), opened: RefCell::default() };
        oci_unpack::unpack(folder.path(), &layers, &Options::default(), &Cancel::new()).unwrap();
        assert_eq!(*layers.opened.borrow(), expected, "{case}");
    }
}

#[test]
fn a_bomb_among_links_ends_at_the_limit() {
    let folder = tempfile::tempdir().unwrap();
    let layers = [merged().file("zeros", vec![0; 3_000_000]), layer().file("bin/x", "x")];
    let options = Options { max_size: 1_000_000 };
    let error = crate::support::unpack_with(folder.path(), &layers, &options).unwrap_err();
    assert!(error.hint().is_some_and(|hint| hint.contains("max_size")), "{error}");
    assert!(fs::read_dir(folder.path()).unwrap().all(|entry| entry.unwrap().file_name() != "zeros"));
}
