//! Releases: many revisions of one, one of many, and a deploy, beside `helm`.

use std::fs;
use std::process::Command;

use http::Method;
use serde_json::{Value, json};
use stack::{Folder, Kubernetes};

use crate::command::Measured;
use crate::measure::{added, in_turn, median, middle};
use crate::table::{Table, note};

const RUNS: usize = 15;
/// A share of a few percent needs more of them.
const PUTS: usize = 31;
const REVISIONS: usize = 50;
const RELEASES: usize = 1000;

pub(super) fn run() -> Result<(), String> {
    let place = Place::new()?;
    place.deploy()?;
    place.one_release()?;
    place.many_releases()
}

pub(super) fn run_put() -> Result<(), String> {
    Place::new()?.deploy()
}

struct Place {
    cluster: Kubernetes,
    folder: Folder,
}

impl Place {
    fn new() -> Result<Self, String> {
        let place = Self { cluster: Kubernetes::start(), folder: Folder::new("bench-helm") };
        place.helm(&["create", &place.chart()])?;
        Ok(place)
    }

    /// One release with all its revisions: what check tells of it, and what get reads of one.
    fn one_release(&self) -> Result<(), String> {
        for revision in 0..REVISIONS {
            let value = format!("replicaCount={}", 1 + revision % 2);
            let all = ["upgrade", "--install", "web", &self.chart(), "--history-max", "0", "--set", &value];
            self.helm(&all)?;
        }
        let source = self.source("default", Some("web"));
        let compare = |title: &str, commands: [Measured; 3]| self.compare(title, &commands, RUNS);
        compare(
            "check of one release of 50 revisions",
            [
                step("check", None, &json!({ "source": source })),
                self.by_helm("helm history", &["history", "web"]),
                self.by_helm("helm status", &["status", "web"]),
            ],
        )?;
        let version = json!({"release": "web", "revision": REVISIONS.to_string()});
        let payload = json!({"source": source, "version": version, "params": {"skip_status": true}});
        compare(
            "get of one revision",
            [
                step("in", Some(&self.output()), &payload),
                self.by_helm("helm get all", &["get", "all", "web"]),
                self.by_helm("helm status", &["status", "web"]),
            ],
        )
    }

    /// Records are copies of one that Helm wrote, under other names: a thousand installs would take an hour.
    fn many_releases(&self) -> Result<(), String> {
        self.cluster.create_namespace("many");
        let original = "api/v1/namespaces/default/secrets/sh.helm.release.v1.web.v1";
        let record = self.cluster.call(Method::GET, original, None);
        for number in 0..RELEASES {
            let name = format!("app-{number}");
            let labels = json!({"owner": "helm", "name": name, "status": "deployed", "version": "1"});
            let copy = json!({
                "metadata": {"name": format!("sh.helm.release.v1.{name}.v1"), "labels": labels},
                "type": "helm.sh/release.v1", "data": record["data"],
            });
            self.cluster.create("api/v1/namespaces/many/secrets", &copy);
        }
        let all = json!({"source": self.source("many", None)});
        let list = ["list", "--namespace", "many", "--max", "0"];
        let commands = [step("check", None, &all), self.by_helm("helm list", &list)];
        self.compare("check of a namespace of 1,000 releases", &commands, 5)?;
        let one = json!({"source": self.source("many", Some("app-500"))});
        let history = ["history", "app-500", "--namespace", "many"];
        let commands = [step("check", None, &one), self.by_helm("helm history", &history)];
        self.compare("check of one release among 1,000", &commands, RUNS)
    }

    /// Both run the same Helm, on a release of their own that is upgraded each time.
    fn deploy(&self) -> Result<(), String> {
        let put = json!({
            "source": self.source("default", Some("ours")),
            "params": {"chart": "app", "check_is_ready": true},
        });
        let chart = self.chart();
        let wait = ["upgrade", "--install", "theirs", &chart, "--wait", "--history-max", "10"];
        let ours = step("out", Some(self.folder.path()), &put);
        // Its home is empty, as in a job's container: what Helm remembers of a cluster lies there.
        let helm = self.by_helm("helm upgrade --install --wait", &wait);
        let (program, home) =
            (helm.program.display().to_string(), format!("HOME={}", self.output().display()));
        let all = [home, program].into_iter().chain(helm.arguments).collect::<Vec<_>>();
        let theirs = Measured { program: "/usr/bin/env".into(), arguments: all, ..helm };
        // The first is an install.
        for first in [&ours, &theirs] {
            median(first, 1, || Ok(()))?;
        }
        let costs = in_turn(&[ours, theirs], PUTS, || self.empty())?;
        let mut table = Table::new("put of Helm's starter chart, waiting until it is ready");
        table.add("helm-release out", middle(&costs[0]));
        table.add("helm upgrade --install --wait", middle(&costs[1]));
        table.print();
        let percent = 100.0 * added(&costs[0], &costs[1]);
        note(&format!("\nA put adds {percent:.1}% to the wall time of Helm (median of {PUTS} pairs)."));
        Ok(())
    }

    fn compare(&self, title: &str, commands: &[Measured], runs: usize) -> Result<(), String> {
        let mut table = Table::new(title);
        for command in commands {
            table.add(&command.label, median(command, runs, || self.empty())?);
        }
        table.print();
        Ok(())
    }

    fn source(&self, namespace: &str, release: Option<&str>) -> Value {
        json!({
            "cluster_url": self.cluster.url(), "cluster_ca": self.cluster.ca_pem(),
            "token": self.cluster.token(), "namespace": namespace, "release": release,
        })
    }

    fn by_helm(&self, label: &str, arguments: &[&str]) -> Measured {
        let kubeconfig = self.cluster.kubeconfig_path().display().to_string();
        let all: Vec<&str> = arguments.iter().copied().chain(["--kubeconfig", &kubeconfig]).collect();
        Measured::program(label, stack::binary("helm4"), &all)
    }

    fn helm(&self, arguments: &[&str]) -> Result<(), String> {
        let output = Command::new(stack::binary("helm4"))
            .args(arguments)
            .env("KUBECONFIG", self.cluster.kubeconfig_path())
            .output()
            .map_err(|problem| problem.to_string())?;
        let said = String::from_utf8_lossy(&output.stderr);
        if output.status.success() { Ok(()) } else { Err(format!("helm {}: {said}", arguments.join(" "))) }
    }

    fn chart(&self) -> String {
        self.folder.path().join("app").display().to_string()
    }

    fn output(&self) -> std::path::PathBuf {
        self.folder.path().join("get")
    }

    fn empty(&self) -> Result<(), String> {
        let _ = fs::remove_dir_all(self.output());
        fs::create_dir(self.output()).map_err(|problem| problem.to_string())
    }
}

fn step(verb: &str, folder: Option<&std::path::Path>, payload: &Value) -> Measured {
    Measured::step(&format!("helm-release {verb}"), "helm-release", verb, folder, payload)
}
