//! What Concourse asks of every resource, whatever it does.

use std::fs::{self, File};
use std::io::Write;
use std::os::unix::process::CommandExt;
use std::path::Path;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use acceptance::{Resource, program};
use serde_json::{Value, json};
use stack::image::{Builder, Layer, noise};
use stack::{Fault, FaultProxy, Folder, On, Registry};

/// A registry with an image `1.0.0`, and quay-image on it.
struct Place {
    registry: Registry,
    quay: Resource,
}

impl Place {
    fn new() -> Self {
        let registry = Registry::plain();
        let image =
            Builder::new().layer(Layer::new().directory("bin").file("bin/noise", noise(1, 200_000))).build();
        image.push(&registry, "protocol/app", "1.0.0");
        let quay = Resource::new("quay-image", source(&registry.host()));
        Self { registry, quay }
    }

    fn version(&self) -> Value {
        self.quay.check(None).json()[0].clone()
    }
}

fn source(host: &str) -> Value {
    json!({"repository": format!("{host}/protocol/app"), "tag": "1.0.0"})
}

#[test]
fn a_source_that_is_null_is_an_empty_one() {
    let place = Place::new();
    let outcome = place.quay.run("check", None, r#"{"source": null}"#);
    assert!(outcome.error().contains("`repository` is missing"), "{}", outcome.stderr);
}

#[test]
fn params_and_version_may_be_null_or_absent() {
    let place = Place::new();
    let source = &place.quay.source;
    let with_nulls = json!({"source": source, "version": null, "params": null});
    let versions = place.quay.run("check", None, &with_nulls.to_string()).json();
    let folder = Folder::new("get");
    let payload = json!({"source": source, "version": versions[0], "params": null});
    assert_eq!(
        place.quay.run("in", Some(folder.path()), &payload.to_string()).json()["version"],
        versions[0]
    );
}

#[test]
fn versions_are_flat_maps_of_texts() {
    for version in Place::new().quay.check(None).json().as_array().unwrap() {
        assert!(version.as_object().unwrap().values().all(Value::is_string), "{version}");
    }
}

#[test]
fn unknown_keys_beside_source_params_and_version_are_ignored() {
    let place = Place::new();
    let payload = json!({"source": place.quay.source, "added_in_2030": {"x": 1}});
    assert_eq!(place.quay.run("check", None, &payload.to_string()).json(), place.quay.check(None).json());
}

#[test]
fn a_version_that_is_gone_or_of_another_type_starts_over() {
    let place = Place::new();
    let current = place.quay.check(None).json();
    let gone = json!({"tag": "1.0.0", "digest": format!("sha256:{}", "0".repeat(64))});
    for version in [gone, json!({"ref": "abc"}), json!({})] {
        assert_eq!(place.quay.check(Some(&version)).json(), current, "{version}");
    }
}

#[test]
fn two_gets_give_equal_trees() {
    let place = Place::new();
    let folders = [Folder::new("get"), Folder::new("get")];
    for folder in &folders {
        place.quay.get(folder.path(), &place.version(), &json!({})).json();
    }
    let differences =
        Command::new("diff").arg("--recursive").args(folders.each_ref().map(Folder::path)).output().unwrap();
    assert!(differences.status.success(), "{}", String::from_utf8_lossy(&differences.stdout));
}

#[test]
fn a_closed_stdout_or_stderr_ends_the_step() {
    let place = Place::new();
    let payload = json!({"source": place.quay.source}).to_string();
    for closed in ["1>&-", "2>&-", "1>&- 2>&-"] {
        let line = format!("printf '%s' \"$1\" | timeout 20 \"$2\" check {closed}; test $? -ne 124");
        let ended =
            Command::new("/bin/sh").args(["-c", &line, "sh", &payload]).arg(program("quay-image")).output();
        assert!(ended.unwrap().status.success(), "{closed} made it hang");
    }
}

#[test]
fn a_payload_is_answered_though_its_input_stays_open() {
    let place = Place::new();
    let payload = json!({"source": place.quay.source}).to_string();
    let mut command = Command::new(program("quay-image"));
    command.arg("check").stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::null());
    let mut child = command.spawn().unwrap();
    let mut input = child.stdin.take().unwrap();
    input.write_all(payload.as_bytes()).unwrap();
    wait_until(|| child.try_wait().unwrap().is_some());
    let output = child.wait_with_output().unwrap();
    assert!(output.status.success());
    assert_eq!(serde_json::from_slice::<Value>(&output.stdout).unwrap(), place.quay.check(None).json());
    drop(input);
}

#[test]
fn sigterm_ends_a_get_within_five_seconds_and_leaves_nothing_half_written() {
    let place = Place::new();
    let version = place.version();
    let proxy = FaultProxy::in_front_of(&place.registry);
    for stalled in ["manifests/", "blobs/"] {
        proxy.heal();
        proxy.forget_requests();
        proxy.inject(On::get(stalled), Fault::Delay(Duration::from_secs(60)));
        let folder = Folder::new("get");
        let payload = json!({"source": source(&proxy.host()), "version": version});
        let mut child = start("in", folder.path(), &payload);
        wait_until(|| proxy.requests().iter().any(|request| request.path.contains(stalled)));
        let asked = Instant::now();
        Command::new("kill").arg(child.id().to_string()).status().unwrap();
        let status = child.wait().unwrap();
        assert!(asked.elapsed() < Duration::from_secs(5), "{stalled}: {:?}", asked.elapsed());
        assert!(!status.success());
        assert!(!folder.path().join("rootfs").exists(), "{stalled}: a half-written rootfs");
    }
}

#[test]
fn a_get_works_as_another_user_with_nothing_but_its_folder() {
    let place = Place::new();
    let payload = json!({"source": place.quay.source, "version": place.version()}).to_string();
    let folder = Folder::new("get");
    let step = folder.path().join("step");
    fs::create_dir(&step).unwrap();
    Command::new("chmod").args(["-R", "a+rwX"]).arg(folder.path()).status().unwrap();
    let program = folder.path().join("in");
    fs::copy(acceptance::program("quay-image"), &program).unwrap();
    let mut command = Command::new(program);
    command.arg(&step).env_clear().current_dir("/").uid(65534).gid(65534);
    let input = folder.write("payload.json", payload);
    let output = command.stdin(File::open(input).unwrap()).output().unwrap();
    assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    assert!(step.join("rootfs/bin/noise").exists());
}

fn start(verb: &str, folder: &Path, payload: &Value) -> std::process::Child {
    let file = folder.with_extension("json");
    fs::write(&file, payload.to_string()).unwrap();
    let mut command = Command::new(program("quay-image"));
    command
        .arg(verb)
        .arg(folder)
        .stdin(File::open(&file).unwrap())
        .stdout(Stdio::null())
        .stderr(Stdio::null());
    let child = command.spawn().unwrap();
    fs::remove_file(file).unwrap();
    child
}

/// Waits for a condition that another process brings about.
fn wait_until(mut condition: impl FnMut() -> bool) {
    let deadline = Instant::now() + Duration::from_secs(120);
    while !condition() {
        assert!(Instant::now() < deadline, "it did not happen within 120 s");
        std::thread::sleep(Duration::from_millis(5));
    }
}
