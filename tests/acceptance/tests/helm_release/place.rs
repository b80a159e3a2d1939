//! A namespace of a cluster that all tests share, with the charts of tests/charts among the inputs.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use acceptance::{Outcome, Resource};
use serde_json::{Value, json};
use stack::{Folder, Kubernetes};

/// The cluster, started by the first test that needs it.
pub(crate) fn cluster() -> &'static Kubernetes {
    static CLUSTER: OnceLock<Kubernetes> = OnceLock::new();
    CLUSTER.get_or_init(|| {
        let cluster = Kubernetes::start();
        cluster.set_container_log(&[
            "starting up",
            "connecting with canary-7f3a9c-vault",
            "panic: no database",
        ]);
        cluster
    })
}

/// A namespace of its own, and the resource on it.
pub(crate) struct Place {
    pub(crate) namespace: String,
    pub(crate) resource: Resource,
    pub(crate) inputs: Folder,
}

impl Place {
    /// A release `web` in a new namespace.
    pub(crate) fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let namespace = format!("place-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        cluster().create_namespace(&namespace);
        let source = json!({
            "cluster_url": cluster().url(), "cluster_ca": cluster().ca_pem(), "token": cluster().token(),
            "namespace": namespace, "release": "web",
        });
        let inputs = Folder::new("inputs");
        copy(&charts(), &inputs.path().join("charts"));
        Self { namespace, resource: Resource::new("helm-release", source), inputs }
    }

    /// The same place through other keys of the source.
    pub(crate) fn with(&self, keys: Value) -> Resource {
        let mut resource = self.resource.clone();
        merge(&mut resource.source, keys);
        resource
    }

    pub(crate) fn put(&self, params: Value) -> Outcome {
        run(
            &self.resource,
            "out",
            Some(self.inputs.path()),
            &json!({"source": self.resource.source, "params": params}),
        )
    }

    pub(crate) fn put_with(&self, keys: Value, params: Value) -> Outcome {
        let resource = self.with(keys);
        run(&resource, "out", Some(self.inputs.path()), &json!({"source": resource.source, "params": params}))
    }

    /// Deploys the chart `shop` with a change to its values, and waits.
    pub(crate) fn deploy(&self, values: Value) -> Outcome {
        // Without any values Helm would take those of the last revision.
        let mut all = json!({"plays": ""});
        merge(&mut all, values);
        self.put(
            json!({"chart": "charts/shop", "values_inline": all, "check_is_ready": true, "timeout": "60s"}),
        )
    }

    pub(crate) fn check(&self, version: Option<&Value>) -> Value {
        self.resource.check(version).json()
    }

    /// Fetches a version and returns the folder.
    pub(crate) fn get(&self, version: &Value, params: &Value) -> (Folder, Value) {
        let folder = Folder::new("get");
        let outcome = self.resource.get(folder.path(), version, params);
        let document = outcome.json();
        (folder, document)
    }

    /// Runs the real Helm in the namespace, as a person would.
    pub(crate) fn helm(&self, name: &str, arguments: &[&str]) -> (bool, String) {
        let mut command = Command::new(stack::binary(name));
        command
            .args(arguments)
            .args(["--namespace", &self.namespace])
            .env_clear()
            .env("KUBECONFIG", cluster().kubeconfig_path())
            .env("HOME", self.inputs.path());
        let output = command.output().expect("helm can be run");
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        let problem = String::from_utf8_lossy(&output.stderr).into_owned();
        (output.status.success(), if output.status.success() { text } else { problem })
    }

    /// Runs the real Helm and reads its JSON.
    #[track_caller]
    pub(crate) fn helm_json(&self, arguments: &[&str]) -> Value {
        let (succeeded, text) = self.helm("helm4", &[arguments, &["--output", "json"]].concat());
        assert!(succeeded, "{text}");
        serde_json::from_str(&text).expect("helm prints JSON")
    }

    /// Returns the path of an object in the namespace.
    pub(crate) fn path(&self, collection: &str, name: &str) -> String {
        match collection.split_once('/') {
            Some((group, plural)) => format!("apis/{group}/v1/namespaces/{}/{plural}/{name}", self.namespace),
            None => format!("api/v1/namespaces/{}/{collection}/{name}", self.namespace),
        }
    }
}

/// Runs a step with the real Helm named by the environment, as nothing else is known to the step.
pub(crate) fn run(resource: &Resource, verb: &str, folder: Option<&Path>, payload: &Value) -> Outcome {
    let mut command = resource.command(verb, folder);
    command.env("HELM4", stack::binary("helm4")).env("HELM3", stack::binary("helm3"));
    let output = command.write_stdin(payload.to_string()).output().expect("the program can be run");
    Outcome {
        succeeded: output.status.success(),
        stdout: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
        stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
    }
}

pub(crate) fn charts() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../charts")
}

pub(crate) fn read(folder: &Folder, name: &str) -> String {
    fs::read_to_string(folder.path().join(name)).unwrap_or_else(|error| panic!("{name}: {error}"))
}

fn copy(from: &Path, to: &Path) {
    fs::create_dir_all(to).unwrap();
    for entry in fs::read_dir(from).unwrap().flatten() {
        let target = to.join(entry.file_name());
        if entry.path().is_dir() {
            copy(&entry.path(), &target);
        } else {
            fs::copy(entry.path(), target).unwrap();
        }
    }
}

fn merge(into: &mut Value, keys: Value) {
    for (name, value) in keys.as_object().unwrap() {
        into[name] = value.clone();
    }
}
