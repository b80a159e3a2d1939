//! Other users, user namespaces, and disks that are full or read-only.

use std::io::Write;
use std::os::unix::fs::{MetadataExt, PermissionsExt};
use std::path::Path;
use std::process::{Command, Output, Stdio};

use acceptance::program;
use serde_json::json;
use stack::image::{Builder, Content, Entry, Layer, noise};

use crate::place::{Place, image, version};

/// Runs `in` by a shell line in which `"$@"` stands for it.
fn run(place: &Place, image: &Content, line: &str, folder: &Path) -> Output {
    run_for(place, image, "rootfs", line, folder)
}

fn run_for(place: &Place, image: &Content, format: &str, line: &str, folder: &Path) -> Output {
    let payload =
        json!({"source": place.quay.source, "version": version(image), "params": {"format": format}});
    let mut child = Command::new("sh")
        .args(["-c", line, "sh"])
        .arg(program("quay-image"))
        .arg("in")
        .arg(folder)
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(payload.to_string().as_bytes()).unwrap();
    child.wait_with_output().unwrap()
}

fn stderr(output: &Output) -> String {
    String::from_utf8_lossy(&output.stderr).into_owned()
}

fn is_root() -> bool {
    std::fs::metadata("/proc/self").unwrap().uid() == 0
}

fn owned() -> Content {
    let layer = Layer::new()
        .entry(Entry::directory("home").owner(1000, 1000).mode(0o700))
        .entry(Entry::file("home/file", "x").owner(1000, 1001).mode(0o4755))
        .entry(Entry::directory("closed").mode(0))
        .entry(Entry::file("closed/file", "x"));
    Builder::new().layer(layer).build()
}

#[test]
fn root_sets_owners() {
    if !is_root() {
        return;
    }
    let image = owned();
    let place = Place::with(&image);
    place.get(&image, &json!({})).json();
    let file = std::fs::metadata(place.path("rootfs/home/file")).unwrap();
    assert_eq!((file.uid(), file.gid(), file.mode() & 0o7777), (1000, 1001, 0o4755));
}

#[test]
fn another_user_unpacks_without_owners() {
    if !is_root() {
        return;
    }
    let image = owned();
    let place = Place::with(&image);
    std::fs::set_permissions(place.folder.path(), std::fs::Permissions::from_mode(0o777)).unwrap();
    let line = "exec setpriv --reuid=65534 --regid=65534 --clear-groups \"$@\"";
    let output = run(&place, &image, line, place.folder.path());
    assert!(output.status.success(), "{}", stderr(&output));
    let file = std::fs::metadata(place.path("rootfs/home/file")).unwrap();
    assert_eq!((file.uid(), file.gid()), (65534, 65534));
    assert_eq!(std::fs::metadata(place.path("rootfs/closed")).unwrap().mode() & 0o777, 0);
}

#[test]
fn a_user_namespace_that_lacks_an_owner_is_explained() {
    let image = owned();
    let place = Place::with(&image);
    let output = run(&place, &image, "exec unshare --user --map-root-user \"$@\"", place.folder.path());
    if stderr(&output).contains("unshare failed") {
        return;
    }
    assert!(!output.status.success());
    assert!(stderr(&output).contains("home"), "{}", stderr(&output));
    assert!(stderr(&output).contains("user namespace"), "{}", stderr(&output));
    assert!(place.names().is_empty());
}

#[test]
fn a_full_disk_is_named() {
    let layer = Layer::new().file("large", noise(1, 2_000_000)).file("small", "x");
    let image = Builder::new().layer(layer).build();
    let place = Place::with(&image);
    let line = "exec unshare --user --map-root-user --mount sh -c \
        'mount -t tmpfs -o size=1m none \"$3\" || exit 77; \"$@\"; status=$?; echo \"left: [$(ls -A \"$3\")]\" >&2; exit $status' sh \"$@\"";
    for (format, place_in_it) in
        [("rootfs", "cannot unpack `large`"), ("oci", "cannot write"), ("oci-layout", "cannot write")]
    {
        let output = run_for(&place, &image, format, line, place.folder.path());
        if output.status.code() == Some(77) || stderr(&output).contains("unshare failed") {
            return;
        }
        let message = stderr(&output);
        assert_eq!(output.status.code(), Some(1), "{format}: {message}");
        assert!(message.contains(place_in_it), "{format}: {message}");
        assert!(message.contains("disk is full"), "{format}: {message}");
        assert!(message.contains("left: []"), "{format}: {message}");
    }
}

#[test]
fn a_read_only_destination_is_named() {
    let image = image();
    let place = Place::with(&image);
    let line = "exec unshare --user --map-root-user --mount sh -c \
        'mount -t tmpfs -o ro none \"$3\" || exit 77; exec \"$@\"' sh \"$@\"";
    for format in ["rootfs", "oci", "oci-layout"] {
        let output = run_for(&place, &image, format, line, place.folder.path());
        if output.status.code() == Some(77) || stderr(&output).contains("unshare failed") {
            return;
        }
        assert_eq!(output.status.code(), Some(1), "{format}: {}", stderr(&output));
        assert!(stderr(&output).contains("Read-only file system"), "{format}: {}", stderr(&output));
        assert!(stderr(&output).contains("hint: "), "{format}: {}", stderr(&output));
    }
}
