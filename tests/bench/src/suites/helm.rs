//! Releases: many revisions of one, one of many, and a deploy.

use std::fs;
use std::path::Path;
use std::process::Command;

use serde_json::{Value, json};
use stack::{Folder, Kubernetes};

use crate::command::Measured;
use crate::measure::median;
use crate::table::{self, Table};

const RUNS: usize = 15;
const REVISIONS: usize = 50;
const RELEASES: usize = 1000;

pub(super) fn run() -> Result<(), String> {
    let cluster = Kubernetes::start();
    let folder = Folder::new("bench");
    let chart = starter_chart(&cluster, &folder)?;
    one_release(&cluster, &folder, &chart)?;
    many_releases(&cluster)?;
    deploy(&cluster, &folder)
}

fn source(cluster: &Kubernetes, namespace: &str, release: Option<&str>) -> Value {
    json!({
        "cluster_url": cluster.url(), "cluster_ca": cluster.ca_pem(), "token": cluster.token(),
        "namespace": namespace, "release": release, "helm_history_max": 0,
    })
}

/// Helm's own starter chart.
fn starter_chart(cluster: &Kubernetes, folder: &Folder) -> Result<String, String> {
    let chart = folder.path().join("app").display().to_string();
    helm(cluster, &["create", &chart])?;
    Ok(chart)
}

fn helm(cluster: &Kubernetes, arguments: &[&str]) -> Result<(), String> {
    let output = Command::new(stack::binary("helm4"))
        .args(arguments)
        .env("KUBECONFIG", cluster.kubeconfig_path())
        .output()
        .map_err(|problem| problem.to_string())?;
    let said = String::from_utf8_lossy(&output.stderr).into_owned();
    if output.status.success() { Ok(()) } else { Err(format!("helm {}: {said}", arguments.join(" "))) }
}

fn by_helm(cluster: &Kubernetes, label: &str, arguments: &[&str]) -> Measured {
    let kubeconfig = cluster.kubeconfig_path().display().to_string();
    let all: Vec<&str> = arguments.iter().copied().chain(["--kubeconfig", &kubeconfig]).collect();
    Measured::program(label, stack::binary("helm4"), &all)
}

fn one_release(cluster: &Kubernetes, folder: &Folder, chart: &str) -> Result<(), String> {
    for revision in 0..REVISIONS {
        let value = format!("replicaCount={}", 1 + revision % 2);
        helm(cluster, &["upgrade", "--install", "web", chart, "--history-max", "0", "--set", &value])?;
    }
    let source = source(cluster, "default", Some("web"));
    let version = json!({"release": "web", "revision": REVISIONS.to_string()});
    let check = json!({"source": source});
    let get = json!({"source": source, "version": version});
    let target = folder.path().join("get");
    fs::create_dir_all(&target).map_err(|problem| problem.to_string())?;
    let mut table = Table::new("one release of 50 revisions");
    let commands = [
        Measured::step("helm-release check", "helm-release", "check", None, &check),
        by_helm(cluster, "helm history", &["history", "web"]),
        by_helm(cluster, "helm status", &["status", "web"]),
        Measured::step("helm-release in", "helm-release", "in", Some(&target), &get),
        by_helm(cluster, "helm get all", &["get", "all", "web"]),
    ];
    for command in commands {
        table.add(&command.label, median(&command, RUNS, || ())?);
    }
    table.print();
    Ok(())
}

/// Records are copies of one that Helm wrote, under other names: a thousand installs would take an hour.
fn many_releases(cluster: &Kubernetes) -> Result<(), String> {
    cluster.create_namespace("many");
    let record =
        cluster.call(http::Method::GET, "api/v1/namespaces/default/secrets/sh.helm.release.v1.web.v1", None);
    for number in 0..RELEASES {
        let name = format!("app-{number}");
        let labels = json!({"owner": "helm", "name": name, "status": "deployed", "version": "1"});
        let copy = json!({
            "metadata": {"name": format!("sh.helm.release.v1.{name}.v1"), "labels": labels},
            "type": "helm.sh/release.v1", "data": record["data"],
        });
        cluster.create("api/v1/namespaces/many/secrets", &copy);
    }
    let check = json!({"source": source(cluster, "many", None)});
    let mut table = Table::new("a namespace of 1,000 releases");
    let commands = [
        Measured::step("helm-release check", "helm-release", "check", None, &check),
        by_helm(cluster, "helm list", &["list", "--namespace", "many", "--max", "0"]),
    ];
    for command in commands {
        table.add(&command.label, median(&command, 5, || ())?);
    }
    table.print();
    Ok(())
}

fn deploy(cluster: &Kubernetes, folder: &Folder) -> Result<(), String> {
    let inputs = folder.path();
    let put = json!({
        "source": source(cluster, "default", Some("ours")),
        "params": {"chart": "app", "check_is_ready": true},
    });
    let chart = inputs.join("app").display().to_string();
    let wait = ["upgrade", "--install", "theirs", &chart, "--wait", "--history-max", "0"];
    let mut table = Table::new("deploy of Helm's starter chart, ready at once");
    let ours = Measured::step("helm-release out", "helm-release", "out", Some(Path::new(inputs)), &put);
    let theirs = by_helm(cluster, "helm upgrade --install --wait", &wait);
    for command in [&ours, &theirs] {
        table.add(&command.label, median(command, RUNS, || ())?);
    }
    table.print();
    table::note("\nBoth run the same Helm.");
    Ok(())
}
