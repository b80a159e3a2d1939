//! Layers of attackers: an error that names the entry, and nothing outside.

use std::fs;

use stack::image::{Entry, Layer};

use crate::support::{chain, unpack};

/// What is expected in the message.
type Refusal = &'static [&'static str];

fn layer() -> Layer {
    Layer::new()
}

#[test]
fn entries_that_lead_outside_are_refused_by_name() {
    let long_part = "x".repeat(300);
    let long_path = "folder/".repeat(700);
    let cases: [(&str, Vec<Layer>, Refusal); 17] = [
        ("parent", vec![layer().file("../outside", "x")], &["`../outside`", "`..` in it"]),
        ("parent inside", vec![layer().file("a/../../outside", "x")], &["`a/../../outside`", "`..` in it"]),
        ("absolute parent", vec![layer().file("/../outside", "x")], &["`/../outside`", "`..` in it"]),
        ("parent as folder", vec![layer().directory("..")], &["`..`"]),
        ("parent as link", vec![layer().symlink("a/..", "x")], &["`a/..`"]),
        (
            "through a symlink that leads to itself",
            vec![layer().symlink("a", "./a"), layer().file("a/file", "x")],
            &["`a/file`", "more than 255 symbolic links, of which `a` is one"],
        ),
        (
            "a hard link's target through symlinks in a circle",
            vec![layer().symlink("a", "b").symlink("b", "/a").hard_link("c", "b/file")],
            &["`c`", "more than 255 symbolic links"],
        ),
        (
            "hard link to the outside",
            vec![layer().hard_link("a", "../outside")],
            &["`a`", "target `../outside`", "`..` in it"],
        ),
        (
            "hard link through a symlink",
            vec![layer().symlink("a", "OUTSIDE").hard_link("b", "a/secret")],
            &["`b`", "hard link to `", "/secret`, which neither its layer nor a lower one has"],
        ),
        (
            "hard link to an absolute path",
            vec![layer().hard_link("b", "OUTSIDE/secret")],
            &["`b`", "which neither its layer nor a lower one has"],
        ),
        (
            "hard link to a folder",
            vec![layer().directory("a").hard_link("b", "a")],
            &["`b`", "hard link to `a`"],
        ),
        ("whiteout of the parent", vec![layer().file(".wh...", "")], &["`.wh...`", "outside its folder"]),
        ("whiteout of the folder", vec![layer().file("a/.wh..", "")], &["`a/.wh..`", "outside its folder"]),
        ("whiteout above", vec![layer().whiteout("../outside")], &["`../.wh.outside`", "`..` in it"]),
        ("too long a part", vec![layer().file(&long_part, "x")], &["300 bytes long"]),
        ("too long a path", vec![layer().file(&long_path, "x")], &["4899 bytes long", "at most 4095"]),
        (
            "below a file",
            vec![layer().file("a", "x").file("a/b", "x")],
            &["`a/b`", "leads through `a`, which is no folder"],
        ),
    ];
    for (case, layers, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        let outside = folder.path().join("outside");
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("secret"), "secret").unwrap();
        let root = folder.path().join("root");
        fs::create_dir(&root).unwrap();

        let layers: Vec<Layer> = layers.into_iter().map(|layer| leading_to(&layer, &outside)).collect();
        let error = unpack(&root, &layers).expect_err(case);
        let message = chain(&error).replace(&*outside.to_string_lossy(), "OUTSIDE");
        for part in expected {
            assert!(message.contains(part), "{case}: {message}");
        }
        assert!(error.hint().is_some(), "{case}: {message}");
        let left: Vec<_> =
            fs::read_dir(folder.path()).unwrap().map(|entry| entry.unwrap().file_name()).collect();
        assert_eq!(left.len(), 2, "{case}: {left:?}");
        assert_eq!(fs::read_dir(&outside).unwrap().count(), 1, "{case}");
        assert_eq!(fs::read(outside.join("secret")).unwrap(), b"secret", "{case}");
    }
}

/// Puts the path of the folder outside where `OUTSIDE` stands in a link's target.
fn leading_to(layer: &Layer, outside: &std::path::Path) -> Layer {
    let (mut archive, target) = (layer.tar(), outside.to_str().unwrap().as_bytes());
    for header in archive.chunks_exact_mut(512) {
        if header[157..].starts_with(b"OUTSIDE") && header[257..262] == *b"ustar" {
            let rest = header[164..257].to_vec();
            let place = &mut header[157..257];
            let new: Vec<u8> = target.iter().copied().chain(rest).take(place.len()).collect();
            place.copy_from_slice(&new);
            header[148..156].fill(b' ');
            let sum: u32 = header.iter().map(|byte| u32::from(*byte)).sum();
            header[148..156].copy_from_slice(format!("{sum:06o}\0 ").as_bytes());
        }
    }
    Layer::from_tar(archive)
}

/// Links that lead outside end at the root, as they do for a program that runs in the image.
#[test]
fn links_that_lead_outside_are_followed_within_the_root() {
    let cases: [(&str, Vec<Layer>); 6] = [
        ("absolute", vec![layer().symlink("a", "OUTSIDE").file("a/file", "x")]),
        ("absolute, of a lower layer", vec![layer().symlink("a", "OUTSIDE"), layer().file("a/file", "x")]),
        ("a folder", vec![layer().symlink("a", "OUTSIDE"), layer().directory("a/file")]),
        ("upwards", vec![layer().symlink("a", "../../outside"), layer().file("a/file", "x")]),
        ("whiteout", vec![layer().symlink("a", "OUTSIDE"), layer().whiteout("a/secret")]),
        ("opaque", vec![layer().symlink("a", "../outside"), layer().opaque("a")]),
    ];
    for (case, layers) in cases {
        let folder = tempfile::tempdir().unwrap();
        let (outside, root) = (folder.path().join("outside"), folder.path().join("root"));
        fs::create_dir(&outside).unwrap();
        fs::write(outside.join("secret"), "secret").unwrap();
        fs::create_dir(&root).unwrap();
        let layers: Vec<Layer> = layers.into_iter().map(|layer| leading_to(&layer, &outside)).collect();
        unpack(&root, &layers).unwrap_or_else(|error| panic!("{case}: {}", chain(&error)));
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 2, "{case}");
        assert_eq!(fs::read_dir(&outside).unwrap().count(), 1, "{case}");
        assert_eq!(fs::read(outside.join("secret")).unwrap(), b"secret", "{case}");
        assert!(fs::symlink_metadata(root.join("a")).unwrap().is_symlink(), "{case}");
    }
}

#[test]
fn links_that_point_outside_are_made() {
    let folder = tempfile::tempdir().unwrap();
    let outside = tempfile::tempdir().unwrap();
    fs::write(outside.path().join("file"), "untouched").unwrap();
    let target = outside.path().join("file");
    let layers = [
        layer().file("file", "lower").symlink("folder", outside.path().as_os_str().as_encoded_bytes()),
        layer()
            .symlink("file", target.as_os_str().as_encoded_bytes())
            .directory("folder")
            .file("folder/file", "own"),
        layer().entry(Entry::file("file", "higher").mode(0o4755)),
    ];
    unpack(folder.path(), &layers).unwrap();
    assert_eq!(fs::read(folder.path().join("file")).unwrap(), b"higher");
    assert_eq!(fs::read(folder.path().join("folder/file")).unwrap(), b"own");
    assert_eq!(fs::read(&target).unwrap(), b"untouched");
    assert_eq!(fs::read_dir(outside.path()).unwrap().count(), 1);
}

#[test]
fn damaged_archives_are_refused() {
    let whole = layer().file("file", vec![b'x'; 3000]).tar();
    let mut broken = whole.clone();
    broken[5] ^= 1;
    let cases = [
        ("cut off in a file", whole[..2000].to_vec(), "cut off at byte 2000"),
        ("cut off in a header", whole[..100].to_vec(), "cut off at byte 100"),
        ("a header with another sum", broken, "no tar header at byte 0"),
        ("no archive", b"<html>not found</html>".repeat(50), "no tar header at byte 0"),
        ("a sparse file", layer().entry(Entry::new(sparse(), "s")).tar(), "`s` is a sparse file"),
    ];
    for (case, archive, expected) in cases {
        let folder = tempfile::tempdir().unwrap();
        for stored in [Layer::from_tar(archive.clone()), Layer::from_tar(archive).plain()] {
            let error = unpack(folder.path(), &[stored]).expect_err(case);
            assert!(chain(&error).contains(expected), "{case}: {}", chain(&error));
        }
    }
}

fn sparse() -> tar::EntryType {
    tar::EntryType::GNUSparse
}
