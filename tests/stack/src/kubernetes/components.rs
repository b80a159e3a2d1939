//! How each of a cluster's servers is started.

use std::fs;
use std::path::PathBuf;
use std::process::Command;

use super::kubeconfig;
use crate::address::address;
use crate::authority::{Authority, Identity, new_key};
use crate::binary::binary;
use crate::folder::Folder;
use crate::port::Port;
use crate::process::Process;

/// An administrator's token, which the API server takes from a file.
pub(super) const ADMIN_TOKEN: &str = "administrator-token-of-a-test";
/// Those of kwok's own stages that make nodes and pods ready at once.
const FAST_STAGES: [&str; 4] = [
    "node/fast/node-initialize.yaml",
    "pod/fast/pod-ready.yaml",
    "pod/fast/pod-complete.yaml",
    "pod/fast/pod-delete.yaml",
];
/// Those that a pod which plays a part of its own must not go through.
const GOOD_ENDS: [&str; 2] = ["pod-ready", "pod-complete"];

#[derive(Debug)]
pub(super) struct Ports {
    etcd: Port,
    etcd_peers: Port,
    api_server: Port,
    kubelet: Port,
}

/// What the servers have in common.
#[derive(Debug)]
pub(super) struct Setup {
    pub(super) folder: Folder,
    pub(super) authority: Authority,
    ports: Ports,
}

impl Ports {
    pub(super) fn reserve() -> Self {
        let [etcd, etcd_peers, api_server, kubelet] = std::array::from_fn(|_| Port::reserve());
        Self { etcd, etcd_peers, api_server, kubelet }
    }
}

impl Setup {
    /// Writes the keys and files that the servers share.
    pub(super) fn new(folder: Folder, authority: Authority, ports: Ports) -> Self {
        let Identity { certificate_pem, key_pem } = authority.server();
        folder.write("ca.pem", authority.ca_pem());
        folder.write("server.pem", certificate_pem);
        folder.write("server.key", key_pem);
        // Signs the tokens of service accounts.
        let accounts = new_key();
        folder.write("accounts.key", accounts.serialize_pem());
        folder.write("accounts.pub", accounts.public_key_pem());
        folder.write("tokens.csv", format!("{ADMIN_TOKEN},admin,admin,system:masters\n"));
        let setup = Self { folder, authority, ports };
        let administrator = setup.authority.member("quayside-admin", "system:masters");
        let config = kubeconfig::with_certificate(&setup.url(), &setup.authority.ca_pem(), &administrator);
        setup.folder.write("kubeconfig", config);
        setup
    }

    pub(super) fn url(&self) -> String {
        format!("https://{}:{}", address(), self.ports.api_server.number())
    }

    pub(super) fn kubeconfig_path(&self) -> PathBuf {
        self.file("kubeconfig")
    }

    pub(super) fn container_log_path(&self) -> PathBuf {
        self.file("container.log")
    }

    pub(super) fn start_etcd(&self) -> Process {
        let url = |port: &Port| format!("http://127.0.0.1:{}", port.number());
        let (clients, peers) = (url(&self.ports.etcd), url(&self.ports.etcd_peers));
        self.start(
            "etcd",
            &[
                ("data-dir", &self.path("etcd")),
                ("listen-client-urls", &clients),
                ("advertise-client-urls", &clients),
                ("listen-peer-urls", &peers),
                ("initial-advertise-peer-urls", &peers),
                ("initial-cluster", &format!("default={peers}")),
                ("unsafe-no-fsync", "true"),
                ("log-level", "warn"),
            ],
        )
    }

    pub(super) fn start_api_server(&self) -> Process {
        let number = |port: &Port| port.number().to_string();
        self.start(
            "kube-apiserver",
            &[
                ("etcd-servers", &format!("http://127.0.0.1:{}", self.ports.etcd.number())),
                ("bind-address", &address().to_string()),
                ("advertise-address", &address().to_string()),
                ("secure-port", &number(&self.ports.api_server)),
                ("tls-cert-file", &self.path("server.pem")),
                ("tls-private-key-file", &self.path("server.key")),
                ("client-ca-file", &self.path("ca.pem")),
                ("token-auth-file", &self.path("tokens.csv")),
                ("authorization-mode", "RBAC"),
                ("service-account-issuer", "https://kubernetes.default.svc"),
                ("service-account-key-file", &self.path("accounts.pub")),
                ("service-account-signing-key-file", &self.path("accounts.key")),
                ("service-cluster-ip-range", "10.0.0.0/24"),
                // Otherwise the server waits on its way out for its own address to be taken off a list.
                ("endpoint-reconciler-type", "none"),
            ],
        )
    }

    pub(super) fn start_controller_manager(&self) -> Process {
        self.start(
            "kube-controller-manager",
            &[
                ("kubeconfig", &self.path("kubeconfig")),
                ("service-account-private-key-file", &self.path("accounts.key")),
                ("root-ca-file", &self.path("ca.pem")),
                ("leader-elect", "false"),
                ("secure-port", "0"),
            ],
        )
    }

    pub(super) fn start_scheduler(&self) -> Process {
        let kubeconfig = self.path("kubeconfig");
        self.start(
            "kube-scheduler",
            &[("kubeconfig", &kubeconfig), ("leader-elect", "false"), ("secure-port", "0")],
        )
    }

    pub(super) fn start_kwok(&self) -> Process {
        self.folder.write("container.log", "");
        let config =
            [self.logs_config(), include_str!("plays.yml").to_owned()].into_iter().chain(fast_stages());
        let config = config.collect::<Vec<String>>().join("\n---\n");
        let config = self.folder.write("kwok.yml", config).display().to_string();
        let port = self.ports.kubelet.number();
        self.start(
            "kwok",
            &[
                ("kubeconfig", &self.path("kubeconfig")),
                ("config", &config),
                ("manage-all-nodes", "true"),
                ("node-ip", "127.0.0.1"),
                ("node-port", &port.to_string()),
                ("server-address", &format!("127.0.0.1:{port}")),
                ("tls-cert-file", &self.path("server.pem")),
                ("tls-private-key-file", &self.path("server.key")),
                // Renewed, so that a node of a long test is not taken for dead.
                ("node-lease-duration-seconds", "40"),
            ],
        )
    }

    /// Lets kwok answer for the logs of every container, as a kubelet does.
    fn logs_config(&self) -> String {
        format!(
            "apiVersion: kwok.x-k8s.io/v1alpha1\nkind: ClusterLogs\nmetadata: {{name: every-container}}\n\
             spec: {{logs: [{{logsFile: {}}}]}}\n",
            self.container_log_path().display()
        )
    }

    fn start(&self, name: &str, flags: &[(&str, &str)]) -> Process {
        let mut command = Command::new(binary(name));
        command.current_dir(self.folder.path()).env("HOME", self.folder.path());
        command.args(flags.iter().map(|(flag, value)| format!("--{flag}={value}")));
        Process::start(name, command, self.folder.path())
    }

    fn file(&self, name: &str) -> PathBuf {
        self.folder.path().join(name)
    }

    fn path(&self, name: &str) -> String {
        self.file(name).display().to_string()
    }
}

/// Returns kwok's stages, changed so that pods with a part of their own are left to it.
fn fast_stages() -> impl Iterator<Item = String> {
    let folder = binary("kwok-stages");
    FAST_STAGES.iter().map(move |name| {
        let path = folder.join(name);
        let stage = fs::read_to_string(&path).unwrap_or_else(|error| panic!("cannot read {}: {error}", path.display()));
        if GOOD_ENDS.iter().all(|end| !name.contains(end)) {
            return stage;
        }
        let unless = "matchExpressions:\n    - {key: '.metadata.annotations[\"quayside.test/plays\"]', operator: DoesNotExist}";
        stage.replacen("matchExpressions:", unless, 1)
    })
}
