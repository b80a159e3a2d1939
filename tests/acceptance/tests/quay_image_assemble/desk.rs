//! `quayside image assemble` makes what the put makes.

use std::process::{Command, Output};

use serde_json::json;

use crate::place::{BASE, Place, base};

fn assemble(place: &Place, arguments: &[&str]) -> Output {
    let mut command = Command::new(acceptance::program("quayside"));
    command.env_remove("SOURCE_DATE_EPOCH").current_dir(place.inputs.path()).args(["image", "assemble"]);
    command.args(arguments).output().unwrap()
}

#[track_caller]
fn digest(output: &Output) -> String {
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    String::from_utf8(output.stdout.clone()).unwrap().trim().to_owned()
}

#[test]
fn desk_and_put_give_the_same_digest_in_every_form() {
    let place = Place::new();
    base("linux/amd64").push(&place.registry, BASE, "1");
    base("linux/amd64").write_layout(&place.path("base/oci"), "1");
    let name = format!("{}/{BASE}", place.proxy.host());
    let assembled = place.put(&json!({
        "base": {"repository": name, "tag": "1"},
        "layers": [{"from": "build/out", "to": "/opt", "owner": "1000:1000"}],
        "entrypoint": ["/opt/bin/app", "--serve"],
        "env": {"A": "b"},
        "source_date_epoch": 1_767_225_600,
    }));
    let expected = assembled.json()["version"]["digest"].clone();
    let reference = format!("{name}:1");
    let common = [
        "--base-image",
        &reference,
        "--layer",
        "build/out:/opt",
        "--owner",
        "1000",
        "--entrypoint",
        "/opt/bin/app",
        "--entrypoint",
        "--serve",
        "--env",
        "A=b",
        "--source-date-epoch",
        "1767225600",
        "--version",
        "1.0.0",
    ];
    for output in ["desk/image.tar", "desk/image"] {
        std::fs::create_dir_all(place.path("desk")).unwrap();
        let made = assemble(&place, &[&common[..], &["--output", output]].concat());
        assert_eq!(digest(&made), expected.as_str().unwrap(), "{output}");
        let put = place.quay.put(place.inputs.path(), &json!({"image": output, "version": "1.0.0"}));
        assert_eq!(put.json()["version"]["digest"], expected, "{output}");
    }
    let again = assemble(&place, &["--layer", "build/out", "--output", "desk/image"]);
    assert_eq!(again.status.code(), Some(2));
    let told = String::from_utf8_lossy(&again.stderr);
    assert!(told.contains("`desk/image` is there already"), "{told}");
}

#[test]
fn what_cannot_be_assembled_is_told_and_nothing_is_left() {
    let place = Place::new();
    base("linux/amd64").write_layout(&place.path("base/oci"), "1");
    std::fs::create_dir_all(place.path("desk")).unwrap();
    let cases: [(&[&str], &str); 5] = [
        (&["--layer", "build/none:/app"], "cannot open `build/none`"),
        (&["--layer", "build/out:app"], "`app` is no path in an image"),
        (&["--layer", "build/out", "--owner", "root"], "`root` is no owner"),
        (&["--base", "base/oci", "--platform", "linux/s390x"], "the base has no image for linux/s390x"),
        (&["--base", "build/out"], "cannot use the base"),
    ];
    for (arguments, expected) in cases {
        let output = assemble(&place, &[arguments, &["--output", "desk/image.tar"]].concat());
        let told = String::from_utf8_lossy(&output.stderr);
        assert_eq!(output.status.code(), Some(2), "{told}");
        assert!(told.contains(expected), "{arguments:?}: {told}");
        assert_eq!(std::fs::read_dir(place.path("desk")).unwrap().count(), 0, "{arguments:?}");
    }
}
