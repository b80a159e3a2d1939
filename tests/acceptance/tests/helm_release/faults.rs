//! The API server dies in the middle of a step and comes back.

use std::io::{BufRead, BufReader, Read, Write};
use std::process::{Child, Command, Stdio};

use acceptance::Resource;
use serde_json::{Value, json};
use stack::{Folder, Kubernetes};

fn start(verb: &str, folder: Option<&Folder>, payload: &Value) -> Child {
    let mut command = Command::new(acceptance::program("helm-release"));
    command.arg(verb).args(folder.map(Folder::path)).env_clear().env("HELM4", stack::binary("helm4"));
    let mut child =
        command.stdin(Stdio::piped()).stdout(Stdio::piped()).stderr(Stdio::piped()).spawn().unwrap();
    child.stdin.take().unwrap().write_all(payload.to_string().as_bytes()).unwrap();
    child
}

/// Reads what the step says until it says that it waits.
fn wait_until_it_waits(said: &mut impl BufRead) {
    let mut text = String::new();
    while !text.contains("again in") {
        assert_ne!(said.read_line(&mut text).unwrap(), 0, "the step ended instead: {text}");
    }
}

#[test]
fn each_step_waits_for_an_api_server_that_comes_back() {
    // A cluster of its own: the others' must not die.
    let mut cluster = Kubernetes::start();
    let source = json!({
        "cluster_url": cluster.url(), "cluster_ca": cluster.ca_pem(), "token": cluster.token(), "release": "web",
        "debug": true,
    });
    let inputs = Folder::new("inputs");
    let chart = crate::place::charts().join("shop");
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
        let mut child = start(verb, folder, &payload);
        let mut said = BufReader::new(child.stderr.take().unwrap());
        wait_until_it_waits(&mut said);
        cluster.restart_api_server();
        let mut rest = String::new();
        said.read_to_string(&mut rest).unwrap();
        assert!(child.wait().unwrap().success(), "{verb}: {rest}");
    }
}
