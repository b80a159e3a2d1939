//! What is assembled, put and fetched again is what was in the folders.

use std::fs;
use std::os::unix::fs::{MetadataExt, symlink};
use std::process::{Command, Stdio};

use serde_json::json;

use crate::place::{Place, REPOSITORY};

#[test]
fn folders_come_back_as_a_root_filesystem_and_a_second_put_sends_nothing() {
    let place = Place::new();
    symlink("../../../etc/passwd", place.path("build/out/link")).unwrap();
    let assemble = json!({
        "layers": [{"from": "build/out", "to": "/opt/app"}, {"from": "build/out/bin/app", "to": "/app"}],
        "entrypoint": ["/app", "--serve"],
        "env": {"PORT": 8080},
        "user": 1000,
        "working_dir": "/opt/app",
        "ports": [8080],
        "source": "https://example.com/app.git",
        "revision": "0123abc",
    });
    let first = place.put(&assemble).json();
    let fetched = place.get(&first["version"]);
    let root = fetched.path().join("rootfs");
    assert_eq!(fs::read_to_string(root.join("opt/app/etc/app.conf")).unwrap(), "colour = green\n");
    assert_eq!(fs::read_link(root.join("opt/app/link")).unwrap().to_str(), Some("../../../etc/passwd"));
    for (name, mode) in [("app", 0o755), ("opt/app", 0o755), ("opt/app/etc/app.conf", 0o644)] {
        let metadata = fs::metadata(root.join(name)).unwrap();
        assert_eq!((metadata.mode() & 0o7777, metadata.mtime()), (mode, 0), "{name}");
    }
    let (manifest, config) = place.image("1.0.0");
    let origin = json!({
        "org.opencontainers.image.source": "https://example.com/app.git",
        "org.opencontainers.image.revision": "0123abc",
        "org.opencontainers.image.version": "1.0.0",
    });
    assert_eq!(manifest["annotations"], origin);
    let expected = json!({
        "Entrypoint": ["/app", "--serve"], "User": "1000", "WorkingDir": "/opt/app", "Env": ["PORT=8080"],
        "Labels": origin, "ExposedPorts": {"8080/tcp": {}},
    });
    assert_eq!(config["config"], expected);
    assert_eq!(config["created"], "1970-01-01T00:00:00Z");

    place.proxy.forget_requests();
    fs::write(place.path("build/out/etc/app.conf"), "colour = green\n").unwrap();
    let again = place.put(&assemble);
    assert_eq!(again.json(), first);
    assert_eq!(place.writes(), [""; 0]);
    assert!(again.stderr.contains("blobs: 0 sent (0 B)"), "{}", again.stderr);
}

#[test]
fn another_tool_finds_the_image_valid() {
    let place = Place::new();
    place.put(&json!({"layers": [{"from": "build/out", "to": "/"}], "platforms": ["linux/amd64", "linux/arm64"]})).json();
    let name = format!("{}/{REPOSITORY}:1.0.0", place.registry.host());
    let validated = Command::new(stack::binary("crane"))
        .args(["validate", "--insecure", "--remote", &name])
        .stdin(Stdio::null())
        .output()
        .unwrap();
    assert!(validated.status.success(), "{}", String::from_utf8_lossy(&validated.stderr));
}

#[test]
fn another_registry_and_another_folder_give_the_same_digest() {
    let assemble = json!({"layers": [{"from": "build/out", "to": "/"}], "source_date_epoch": 1_767_225_600});
    let digests: Vec<_> =
        (0..2).map(|_| Place::new().put(&assemble).json()["version"]["digest"].clone()).collect();
    assert_eq!(digests[0], digests[1]);
}

#[test]
fn labels_annotations_and_the_time_of_a_file_go_with_it() {
    let place = Place::new();
    place.write("source/time", "2026-01-01 01:00:00 +0100\n", 0o644);
    let params = json!({
        "assemble": {
            "layers": [{"from": "build/out", "owner": "1000:100", "modes": "kept"}],
            "source_date_epoch": {"file": "source/time"},
        },
        "labels": {"team": "a"},
        "annotations": {"note": "b"},
        "version": "1.0.0",
    });
    place.quay.put(place.inputs.path(), &params).json();
    let (manifest, config) = place.image("1.0.0");
    assert_eq!(config["created"], "2026-01-01T00:00:00Z");
    assert_eq!(config["config"]["Labels"]["team"], "a");
    assert_eq!(manifest["annotations"]["note"], "b");
    assert_eq!(place.remote().tags(REPOSITORY), ["1.0.0"]);
}
