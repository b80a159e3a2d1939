//! A real Kubernetes API server with its controllers and scheduler; kwok plays the kubelets, so pods become ready.

mod components;
mod kubeconfig;

use std::fs;
use std::path::{Path, PathBuf};

use http::Method;
use serde_json::{Value, json};

use crate::authority::{Authority, Identity};
use crate::folder::Folder;
use crate::process::Process;
use crate::web::{ask, client};
use components::{Ports, Setup};

/// A running cluster with one node, which kwok plays.
///
/// A pod's annotation `quayside.test/plays` says what becomes of it: `image-pull-backoff`, `crash-loop`, `unready` or
/// `failed`. Without one it runs and is ready, and a job's pod succeeds, all at once.
#[derive(Debug)]
pub struct Kubernetes {
    // Stopped in this order.
    _kwok: Process,
    _scheduler: Process,
    _controller_manager: Process,
    api_server: Option<Process>,
    _etcd: Process,
    http: reqwest::Client,
    setup: Setup,
}

impl Kubernetes {
    /// Starts a cluster, which takes about four seconds, and returns when its node is ready.
    pub fn start() -> Self {
        let setup = Setup::new(Folder::new("kubernetes"), Authority::new(), Ports::reserve());
        let etcd = setup.start_etcd();
        let mut api_server = setup.start_api_server();
        let http = client(Some(&setup.authority.ca_pem()));
        wait_for_api(&mut api_server, &http, &setup);
        let mut cluster = Self {
            _kwok: setup.start_kwok(),
            _scheduler: setup.start_scheduler(),
            _controller_manager: setup.start_controller_manager(),
            api_server: Some(api_server),
            _etcd: etcd,
            http,
            setup,
        };
        cluster.add_node();
        cluster
    }

    /// Returns the API server's URL.
    pub fn url(&self) -> String {
        self.setup.url()
    }

    /// Returns the certificate of the authority that issued the API server's own.
    pub fn ca_pem(&self) -> String {
        self.setup.authority.ca_pem()
    }

    /// Returns the token of a cluster administrator.
    pub fn token(&self) -> &'static str {
        components::ADMIN_TOKEN
    }

    /// Returns a client certificate of a cluster administrator.
    pub fn administrator(&self) -> Identity {
        self.setup.authority.member("quayside-admin", "system:masters")
    }

    /// Returns an administrator's kubeconfig, with a client certificate.
    pub fn kubeconfig(&self) -> String {
        fs::read_to_string(self.kubeconfig_path()).expect("written when the cluster was started")
    }

    /// Returns the file of [`Kubernetes::kubeconfig`], for `KUBECONFIG`.
    pub fn kubeconfig_path(&self) -> PathBuf {
        self.setup.kubeconfig_path()
    }

    /// Returns a kubeconfig with a token, such as one of [`Kubernetes::service_account`].
    pub fn kubeconfig_with_token(&self, token: &str) -> String {
        kubeconfig::with_token(&self.url(), &self.ca_pem(), token)
    }

    /// Makes a service account that may do what `rules` (as in a Role) allow in its namespace, and returns its token.
    /// The namespace is made if it is not there.
    pub fn service_account(&self, namespace: &str, name: &str, rules: &Value) -> String {
        self.create_namespace(namespace);
        let metadata = json!({"name": name});
        let accounts = format!("api/v1/namespaces/{namespace}/serviceaccounts");
        let rbac = format!("apis/rbac.authorization.k8s.io/v1/namespaces/{namespace}");
        let reference = json!({"apiGroup": "rbac.authorization.k8s.io", "kind": "Role", "name": name});
        let subject = json!({"kind": "ServiceAccount", "name": name, "namespace": namespace});
        let binding = json!({"metadata": metadata, "roleRef": reference, "subjects": [subject]});
        self.create(&accounts, &json!({"metadata": metadata}));
        self.create(&format!("{rbac}/roles"), &json!({"metadata": metadata, "rules": rules}));
        self.create(&format!("{rbac}/rolebindings"), &binding);
        let request = json!({"spec": {"expirationSeconds": 3600}});
        let issued = self.create(&format!("{accounts}/{name}/token"), &request);
        issued["status"]["token"].as_str().expect("a token").to_owned()
    }

    /// Makes a namespace if it is not there.
    pub fn create_namespace(&self, name: &str) {
        let namespace = json!({"metadata": {"name": name}});
        let (status, answer) =
            self.try_call(self.token(), Method::POST, "api/v1/namespaces", Some(&namespace));
        assert!(matches!(status, 201 | 409), "no namespace {name}: {status} {answer}");
    }

    /// Creates an object in the collection at `path`, and returns it.
    pub fn create(&self, path: &str, object: &Value) -> Value {
        self.call(Method::POST, path, Some(object))
    }

    /// Sends a request as administrator, with a path as in `api/v1/namespaces`, and returns the answer.
    ///
    /// # Panics
    ///
    /// When the API server refuses it.
    pub fn call(&self, method: Method, path: &str, body: Option<&Value>) -> Value {
        let (status, answer) = self.try_call(self.token(), method.clone(), path, body);
        assert!(status < 400, "the API server refused {method} {path}: {status} {answer}");
        answer
    }

    /// Sends a request with any token and returns the answer's status and JSON.
    pub fn try_call(&self, token: &str, method: Method, path: &str, body: Option<&Value>) -> (u16, Value) {
        let request = self.http.request(method, format!("{}/{path}", self.url())).bearer_auth(token);
        ask(request, body).unwrap_or_else(|error| panic!("the API server does not answer {path}: {error:?}"))
    }

    /// Waits until the object at `path` is as it should be, and returns it.
    ///
    /// # Panics
    ///
    /// When it does not become so for a minute.
    pub fn wait_for(&self, path: &str, condition: impl Fn(&Value) -> bool) -> Value {
        let started = std::time::Instant::now();
        loop {
            let (status, object) = self.try_call(self.token(), Method::GET, path, None);
            if status == 200 && condition(&object) {
                return object;
            }
            assert!(
                started.elapsed().as_secs() < 60,
                "{path} did not become as awaited: {status} {object:#}"
            );
            std::thread::sleep(std::time::Duration::from_millis(20));
        }
    }

    /// Sets what every container's log says from now on.
    pub fn set_container_log(&self, lines: &[&str]) {
        let stamped = lines.iter().map(|line| format!("2026-01-01T00:00:00.000000000Z stdout F {line}\n"));
        fs::write(self.setup.container_log_path(), stamped.collect::<String>())
            .expect("a file of the cluster's folder");
    }

    /// Kills the API server. Everything else goes on, and waits for it.
    pub fn kill_api_server(&mut self) {
        self.api_server = None;
    }

    /// Starts the API server again on its port, and returns when it is ready.
    pub fn restart_api_server(&mut self) {
        self.api_server = None;
        let mut api_server = self.setup.start_api_server();
        wait_for_api(&mut api_server, &self.http, &self.setup);
        self.api_server = Some(api_server);
    }

    /// Returns the folder with the logs of all servers.
    pub fn folder(&self) -> &Path {
        self.setup.folder.path()
    }

    fn add_node(&mut self) {
        let metadata = json!({
            "name": "node", "labels": {"kubernetes.io/hostname": "node", "kubernetes.io/os": "linux"},
            "annotations": {"kwok.x-k8s.io/node": "fake"},
        });
        self.create("api/v1/nodes", &json!({"metadata": metadata}));
        self.wait_for("api/v1/nodes/node", is_ready);
        // Without its account no pod can be made in the namespace.
        self.wait_for("api/v1/namespaces/default/serviceaccounts/default", |_| true);
        // The node's first taint goes when its controller has seen it ready; until then no pod is scheduled.
        self.wait_for("api/v1/nodes/node", |node| node["spec"]["taints"].is_null());
    }
}

fn wait_for_api(api_server: &mut Process, http: &reqwest::Client, setup: &Setup) {
    let url = format!("{}/readyz", setup.url());
    api_server.wait_until("it was ready", || {
        matches!(ask(http.get(&url).bearer_auth(components::ADMIN_TOKEN), None), Ok((200, _)))
    });
}

/// Tells whether an object's condition `Ready` is true.
fn is_ready(object: &Value) -> bool {
    let conditions = object["status"]["conditions"].as_array().into_iter().flatten();
    conditions.into_iter().any(|condition| condition["type"] == "Ready" && condition["status"] == "True")
}

#[cfg(test)]
mod tests;
