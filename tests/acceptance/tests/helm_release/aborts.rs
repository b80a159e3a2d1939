//! A put that is aborted or killed in the middle leaves a release that the next put can change.

use std::io::Write;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use acceptance::program;
use http::Method;
use serde_json::{Value, json};

use crate::place::{Place, cluster};

/// Starts a put that would wait for a minute.
fn start(place: &Place) -> Child {
    start_with(
        place,
        &json!({
            "chart": "charts/shop", "values_inline": {"plays": "unready"}, "check_is_ready": true, "timeout": "60s",
        }),
    )
}

fn start_with(place: &Place, params: &Value) -> Child {
    let payload = json!({"source": place.resource.source, "params": params}).to_string();
    let mut child = Command::new(program("helm-release"))
        .arg("out")
        .arg(place.inputs.path())
        .env_clear()
        .env("HELM4", stack::binary("helm4"))
        .stdin(Stdio::piped())
        .stdout(Stdio::null())
        .stderr(Stdio::null())
        .spawn()
        .unwrap();
    child.stdin.take().unwrap().write_all(payload.as_bytes()).unwrap();
    child
}

/// Waits until the release's newest revision has a state.
fn wait_for_status(place: &Place, status: &str) {
    let started = Instant::now();
    loop {
        let versions = place.check(None);
        if versions[0]["status"] == status {
            return;
        }
        assert!(started.elapsed() < Duration::from_secs(40), "never {status}: {versions}");
        std::thread::sleep(Duration::from_millis(50));
    }
}

fn signal(child: &Child, name: &str) {
    let status = Command::new("kill").args([name, &child.id().to_string()]).status().unwrap();
    assert!(status.success());
}

#[test]
fn an_abort_leaves_a_release_that_can_be_changed() {
    let place = Place::new();
    let mut child = start(&place);
    wait_for_status(&place, "pending-install");
    let started = Instant::now();
    signal(&child, "-TERM");
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert!(started.elapsed() < Duration::from_secs(8), "it took {:?}", started.elapsed());
    assert_eq!(place.check(None)[0]["status"], "failed");
    let next: Value = place.deploy(json!({})).json();
    assert_eq!(next["version"]["status"], "deployed");
}

/// Returns the Helm that a step runs.
fn helm_of(child: &Child) -> String {
    let id = child.id();
    let children = std::fs::read_to_string(format!("/proc/{id}/task/{id}/children")).unwrap();
    children.split_whitespace().next().expect("Helm is running").to_owned()
}

#[test]
fn a_put_whose_process_is_killed_lets_helm_end_well() {
    let place = Place::new();
    place.deploy(json!({})).json();
    let mut child = start(&place);
    wait_for_status(&place, "pending-upgrade");
    signal(&child, "-KILL");
    child.wait().unwrap();
    // Helm is asked to stop by the kernel, and marks its own revision.
    let next = place.put(json!({"chart": "charts/shop", "values_inline": {"plays": ""}}));
    assert_eq!(next.json()["version"], json!({"release": "web", "revision": "3", "status": "deployed"}));
}

#[test]
fn a_put_that_is_killed_together_with_helm_can_be_put_again() {
    let place = Place::new();
    place.deploy(json!({})).json();
    let mut child = start(&place);
    wait_for_status(&place, "pending-upgrade");
    // As the end of its container does: both at once.
    let both = [helm_of(&child), child.id().to_string()];
    assert!(Command::new("kill").arg("-KILL").args(both).status().unwrap().success());
    child.wait().unwrap();
    assert_eq!(place.check(None)[0]["status"], "pending-upgrade");
    let next =
        place.put(json!({"chart": "charts/shop", "values_inline": {"plays": ""}, "recover_after": "0s"}));
    assert_eq!(next.json()["version"], json!({"release": "web", "revision": "3", "status": "deployed"}));
}

#[test]
fn a_put_whose_helm_is_killed_leaves_nothing_pending() {
    let place = Place::new();
    place.deploy(json!({})).json();
    let mut child = start(&place);
    wait_for_status(&place, "pending-upgrade");
    assert!(Command::new("kill").args(["-KILL", &helm_of(&child)]).status().unwrap().success());
    assert_eq!(child.wait().unwrap().code(), Some(1));
    assert_eq!(place.check(None)[0]["status"], "failed");
    assert_eq!(place.deploy(json!({})).json()["version"]["revision"], "3");
}

#[test]
fn an_uninstall_that_is_aborted_in_the_middle_can_be_put_again() {
    let place = Place::new();
    place.deploy(json!({})).json();
    let map = place.path("configmaps", "web");
    let hold = |finalizers: Value| {
        let mut object = cluster().call(Method::GET, &map, None);
        object["metadata"]["finalizers"] = finalizers;
        cluster().call(Method::PUT, &map, Some(&object));
    };
    hold(json!(["quayside.test/hold"]));
    let mut child = start_with(&place, &json!({"uninstall": true, "check_is_ready": true, "timeout": "60s"}));
    wait_for_status(&place, "uninstalling");
    signal(&child, "-TERM");
    assert_eq!(child.wait().unwrap().code(), Some(143));
    assert_eq!(place.check(None)[0]["status"], "failed");
    hold(json!([]));
    assert_eq!(place.deploy(json!({})).json()["version"]["status"], "deployed");
}

#[test]
fn an_uninstall_whose_writer_was_killed_is_recovered_where_that_is_asked() {
    let place = Place::new();
    place.deploy(json!({})).json();
    crate::puts::make_pending(&place, "web", 1, "uninstalling");
    let params = json!({"chart": "charts/shop", "wait_for_lock": false});
    assert!(place.put(params.clone()).error().contains("`recover_after: 15m`"));
    let mut recovering = params;
    recovering["recover_after"] = "0s".into();
    assert_eq!(place.put(recovering).json()["version"]["revision"], "2");
}
