//! Owners, permissions, times, extended attributes.

use std::fs;
use std::os::unix::ffi::OsStrExt;
use std::os::unix::fs::MetadataExt;
use std::path::Path;

use stack::image::{Entry, Layer};

use crate::support::unpack;

fn is_root() -> bool {
    rustix::process::geteuid().is_root()
}

#[test]
fn attributes_are_those_of_the_archive() {
    let folder = tempfile::tempdir().unwrap();
    let large = vec![b'x'; 100_000];
    let layer = Layer::new()
        .entry(Entry::directory("d").mode(0o1777).owner(33, 44).modified(5))
        .entry(Entry::file("d/plain", "x").mode(0o640).modified(6))
        .entry(Entry::file("d/setuid", "x").mode(0o4755).owner(1000, 1000).modified(7))
        .entry(Entry::file("d/setgid", large.clone()).mode(0o2711).owner(0, 50).modified(8))
        .entry(Entry::file("d/open", "x").mode(0o666).modified(9))
        .entry(Entry::file("d/closed", large).mode(0).modified(10))
        .entry(Entry::pipe("d/pipe").mode(0o622).owner(7, 8).modified(11))
        .entry(Entry::symlink("d/link", "nowhere").owner(9, 10).modified(12))
        .entry(Entry::file("d/ancient", "x").extension("mtime", "-1.5"))
        .entry(Entry::file("d/precise", "x").extension("mtime", "13.25"));
    unpack(folder.path(), &[layer]).unwrap();

    let cases = [
        ("d", 0o1777, (33, 44), 5),
        ("d/plain", 0o640, (0, 0), 6),
        ("d/setuid", 0o4755, (1000, 1000), 7),
        ("d/setgid", 0o2711, (0, 50), 8),
        ("d/open", 0o666, (0, 0), 9),
        ("d/closed", 0, (0, 0), 10),
        ("d/pipe", 0o622, (7, 8), 11),
        ("d/link", 0o777, (9, 10), 12),
        ("d/ancient", 0o644, (0, 0), -2),
        ("d/precise", 0o644, (0, 0), 13),
    ];
    for (name, mode, owner, modified) in cases {
        let metadata = fs::symlink_metadata(folder.path().join(name)).unwrap();
        assert_eq!(metadata.mode() & 0o7777, mode, "{name}");
        assert_eq!(metadata.mtime(), modified, "{name}");
        if is_root() {
            assert_eq!((metadata.uid(), metadata.gid()), owner, "{name}");
        }
    }
    let precise = fs::metadata(folder.path().join("d/precise")).unwrap();
    assert_eq!(precise.mtime_nsec(), 250_000_000);
}

#[test]
fn folders_that_no_entry_describes_are_plain_and_old() {
    let folder = tempfile::tempdir().unwrap();
    unpack(folder.path(), &[Layer::new().file("a/b/c", "x")]).unwrap();
    for name in [".", "a", "a/b"] {
        let metadata = fs::metadata(folder.path().join(name)).unwrap();
        assert_eq!((metadata.mode() & 0o7777, metadata.mtime()), (0o755, 0), "{name}");
    }
}

#[test]
fn the_root_can_be_described() {
    let folder = tempfile::tempdir().unwrap();
    unpack(
        folder.path(),
        &[Layer::new().entry(Entry::directory("./").mode(0o711).modified(99)).file("a", "")],
    )
    .unwrap();
    let metadata = fs::metadata(folder.path()).unwrap();
    assert_eq!((metadata.mode() & 0o7777, metadata.mtime()), (0o711, 99));
}

#[test]
fn names_are_kept_byte_for_byte() {
    let folder = tempfile::tempdir().unwrap();
    let long = format!("{}/{}", "d".repeat(120), "n".repeat(200));
    let names: [&[u8]; 5] = [b"caf\xe9", b"new\nline", b"-rf", "ümläut".as_bytes(), long.as_bytes()];
    let layer = names.iter().fold(Layer::new(), |layer, name| layer.file(name, "x"));
    let layer = layer.entry(Entry::file("short", "x").extension("path", *b"by pax \xff"));
    unpack(folder.path(), &[layer]).unwrap();
    for name in names.into_iter().chain([b"by pax \xff".as_slice()]) {
        let path = folder.path().join(std::ffi::OsStr::from_bytes(name));
        assert_eq!(fs::read(&path).unwrap(), b"x", "{}", path.display());
    }
}

#[test]
fn devices_are_skipped_and_counted() {
    let folder = tempfile::tempdir().unwrap();
    let layers = [
        Layer::new().file("dev/null", "a file in the device's place"),
        Layer::new().entry(Entry::character_device("dev/null", 1, 3)).hard_link("dev/zero", "dev/null"),
    ];
    let summary = unpack(folder.path(), &layers).unwrap();
    assert_eq!(summary.skipped_devices, 1);
    assert_eq!(fs::read_dir(folder.path().join("dev")).unwrap().count(), 0);
}

#[test]
fn extended_attributes_of_the_image_are_set() {
    let folder = tempfile::tempdir().unwrap();
    // CAP_NET_BIND_SERVICE, permitted and effective, in the format of revision 2.
    let capability = [1, 0, 0, 2, 0, 4, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0];
    let layer = Layer::new().entry(
        Entry::file("ping", "x")
            .mode(0o755)
            .owner(5, 5)
            .xattr("user.note", "a\nb=c")
            .xattr("security.capability", capability)
            .xattr("trusted.overlay.opaque", "y")
            .xattr("security.selinux", "label"),
    );
    let summary = unpack(folder.path(), &[layer]).unwrap();
    let path = folder.path().join("ping");
    let supported = rustix::fs::setxattr(&path, "user.probe", b"", rustix::fs::XattrFlags::empty()).is_ok();
    if is_root() && supported {
        assert_eq!(xattr(&path, "user.note"), b"a\nb=c");
        assert_eq!(xattr(&path, "security.capability"), capability);
        assert_eq!(summary.skipped_xattrs, 2);
    } else {
        assert!((2..=4).contains(&summary.skipped_xattrs));
    }
}

fn xattr(path: &Path, name: &str) -> Vec<u8> {
    let mut value = vec![0; 256];
    let length = rustix::fs::getxattr(path, name, value.as_mut_slice()).unwrap();
    value.truncate(length);
    value
}
