//! The API server dies in the middle of a step and comes back.

use std::process::{Command, Stdio};
use std::time::Duration;

use acceptance::Resource;
use serde_json::{Value, json};
use stack::{Folder, Kubernetes};

/// A cluster of its own: the others' must not die.
fn start(resource: &Resource, verb: &str, folder: Option<&Folder>, payload: &Value) -> std::process::Child {
    use std::io::Write;
    let mut command = Command::new(acceptance::program("helm-release"));
    command.arg(verb).args(folder.map(Folder::path)).env_clear().env("HELM4", stack::binary("helm4"));
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    let _ = resource;
    child.stdin.take().unwrap().write_all(payload.to_string().as_bytes()).unwrap();
    child
}

#[test]
fn each_step_waits_for_an_api_server_that_comes_back() {
    let mut cluster = Kubernetes::start();
    let source = json!({
        "cluster_url": cluster.url(), "cluster_ca": cluster.ca_pem(), "token": cluster.token(), "release": "web",
    });
    let inputs = Folder::new("inputs");
    let chart = crate::place::charts().join("shop");
    std::os::unix::fs::symlink(&chart, inputs.path().join("none")).unwrap();
    let archive = Command::new(stack::binary("helm4"))
        .args([
            "package",
            &chart.display().to_string(),
            "--destination",
            &inputs.path().display().to_string(),
        ])
        .output()
        .unwrap();
    assert!(archive.status.success());
    let resource = Resource::new("helm-release", source.clone());
    let put = json!({"source": source, "params": {"chart": "shop-*.tgz"}});
    let version = crate::place::run(&resource, "out", Some(inputs.path()), &put).json()["version"].clone();
    let folder = Folder::new("get");
    let steps = [
        ("check", None, json!({"source": source})),
        ("in", Some(&folder), json!({"source": source, "version": version})),
        ("out", Some(&inputs), put),
    ];
    for (verb, folder, payload) in steps {
        cluster.kill_api_server();
        let child = start(&resource, verb, folder, &payload);
        // Long enough for the step to meet the dead server; what it then does is wait.
        std::thread::sleep(Duration::from_millis(700));
        cluster.restart_api_server();
        let output = child.wait_with_output().unwrap();
        let stderr = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "{verb}: {stderr}");
        assert!(stderr.contains("again in"), "{verb} did not meet the dead server: {stderr}");
    }
}
