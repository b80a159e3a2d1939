//! A service with the servers that its pipeline needs: a stub of Quay, a Vault, a cluster.

use std::collections::BTreeMap;
use std::ffi::OsString;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::Path;
use std::process::{Command, Stdio};
use std::sync::OnceLock;
use std::sync::atomic::{AtomicUsize, Ordering};

use acceptance::program;
use http::Method;
use serde_json::{Value, json};
use stack::image::{Builder, Layer};
use stack::quay_stub::{Finding, Scan};
use stack::{Folder, Kubernetes, QuayStub, Registry, Vault};

use crate::service::{Service, URI, repository};

pub(crate) const REPOSITORY: &str = "acme/shop";
/// What is in Vault, and must be seen nowhere else.
const SECRETS: [&str; 2] = ["canary-3c1b-staging", "canary-3c1b-production"];

/// The cluster of all tests, started by the first.
pub(crate) fn cluster() -> &'static Kubernetes {
    static CLUSTER: OnceLock<Kubernetes> = OnceLock::new();
    CLUSTER.get_or_init(Kubernetes::start)
}

/// An image for the shared tasks, which run straight on this machine in it.
pub(crate) fn tools_image() -> Value {
    static REGISTRY: OnceLock<Registry> = OnceLock::new();
    let image = Builder::new().layer(Layer::new().directory("tmp")).build();
    let registry = REGISTRY.get_or_init(|| {
        let registry = Registry::plain();
        image.push(&registry, "tools", "1");
        registry
    });
    json!({"repository": format!("{}/tools", registry.host()), "digest": image.digest()})
}

/// A service, its servers, and a memory of its runs.
pub(crate) struct Place {
    pub(crate) service: Service,
    pub(crate) quay: QuayStub,
    pub(crate) vault: Vault,
    /// Begins the names of the namespaces.
    name: String,
    /// Where runs are remembered.
    home: Folder,
    /// Holds Helm, for the path.
    tools: Folder,
    variables: Folder,
}

/// What a run came to.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) said: String,
}

impl Place {
    pub(crate) fn new() -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let name = format!("shop-{}", COUNT.fetch_add(1, Ordering::Relaxed));
        let place = Self {
            service: Service::new(),
            quay: QuayStub::start(),
            vault: Vault::dev(),
            name,
            home: Folder::new("home"),
            tools: Folder::new("tools"),
            variables: Folder::new("variables"),
        };
        for (environment, secret) in ["staging", "production"].iter().zip(SECRETS) {
            let content = json!({"data": {"password": secret}});
            place.vault.call(Method::POST, &format!("secret/data/shop/{environment}"), Some(&content));
            cluster().create_namespace(&place.namespace(environment));
        }
        place.quay.create_repository(REPOSITORY);
        for tool in ["helm4", "vault"] {
            symlink(stack::binary(tool), place.tools.path().join(tool)).unwrap();
        }
        let variables = place.variables.write("shop.yml", place.own_variables().to_string());
        // The programs are looked for beside quayside.
        for name in ["quay-image", "helm-release", "vault-secret"] {
            program(name);
        }
        std::fs::set_permissions(variables, PermissionsExt::from_mode(0o600)).unwrap();
        place
    }

    pub(crate) fn namespace(&self, environment: &str) -> String {
        format!("{}-{environment}", self.name)
    }

    /// What is the service's own, and where the servers are.
    pub(crate) fn own_variables(&self) -> Value {
        let cluster = json!({"cluster_url": cluster().url(), "cluster_ca": cluster().ca_pem(), "token": cluster().token()});
        json!({
            "service": "shop", "source-uri": URI, "quayside-uri": URI,
            "tools-image": tools_image(),
            "image-repository": format!("{}/{REPOSITORY}", self.quay.host()),
            "image-access": {"quay": {
                "url": self.quay.api_url(), "token": self.quay.oauth_token("repo:read repo:write repo:admin"),
            }},
            "vault-access": {"address": self.vault.url(), "token": self.vault.root_token()},
            "image-params": {"assemble": {"layers": [{"from": "built", "to": "/app"}], "entrypoint": ["/app/serve"]}},
            "vault-values-at": "",
            "deploy-timeout": "20s",
            "staging-vault-path": "secret/shop/staging", "production-vault-path": "secret/shop/production",
            "staging-cluster": cluster, "production-cluster": cluster,
            "staging-namespace": self.namespace("staging"), "production-namespace": self.namespace("production"),
            "staging-values": ["source/chart/staging.yaml"], "production-values": ["source/chart/production.yaml"],
            "staging-url": "https://staging.example.com", "production-url": "https://production.example.com",
        })
    }

    /// Runs a job, with more words on the command line.
    pub(crate) fn run(&self, job: &str, more: &[&str]) -> Ended {
        let folder = repository().join("pipelines/build-to-deploy");
        let mut command = Command::new(program("quayside"));
        command.args(["run", job, "--runtime", "process", "--config"]).arg(folder.join("pipeline.yml"));
        for file in [folder.join("defaults.yml"), self.variables.path().join("shop.yml")] {
            command.arg("--load-vars-from").arg(file);
        }
        command.args(more).current_dir(self.service.path()).env_clear().envs(self.environment());
        let output = command.stdin(Stdio::null()).output().unwrap();
        let said = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        for secret in SECRETS {
            assert!(!said.contains(secret), "`{secret}` in\n{said}");
        }
        Ended { code: output.status.code().unwrap_or(-1), said }
    }

    /// The environment of somebody who has the programs, Helm and Vault on the path.
    pub(crate) fn environment(&self) -> Vec<(&'static str, OsString)> {
        let programs = program("quayside").parent().map(Path::to_owned).unwrap_or_default();
        let inherited = std::env::var_os("PATH").unwrap_or_default();
        let path = [self.tools.path().as_os_str(), programs.as_os_str(), &inherited].join(":".as_ref());
        vec![
            ("PATH", path),
            ("HOME", self.home.path().into()),
            ("QUAYSIDE_HOME", self.home.path().into()),
            ("VAULT_ADDR", self.vault.url().into()),
            ("VAULT_TOKEN", self.vault.root_token().into()),
        ]
    }

    /// Runs jobs, each of which must succeed.
    #[track_caller]
    pub(crate) fn succeed(&self, jobs: &[&str]) {
        for job in jobs {
            self.run(job, &[]).ended(0);
        }
    }

    /// Builds the present commit and has the scanner look at it.
    #[track_caller]
    pub(crate) fn build(&self, findings: &[Finding]) -> String {
        self.succeed(&["build"]);
        let digest = self.tag("candidate").expect("the build has pushed it");
        self.quay.set_scan(REPOSITORY, &digest, Scan::Scanned(findings.to_vec()));
        digest
    }

    /// Takes the present commit to production.
    #[track_caller]
    pub(crate) fn deliver(&self) -> String {
        let digest = self.build(&[]);
        self.succeed(&["scan", "staging", "promote", "production"]);
        digest
    }

    /// The digest of a live tag.
    pub(crate) fn tag(&self, name: &str) -> Option<String> {
        Some(self.quay.repository(REPOSITORY)?.live(name, self.quay.now())?.digest.clone())
    }

    /// When each live tag expires, in seconds from when it was pushed.
    pub(crate) fn expiries(&self) -> BTreeMap<String, Option<i64>> {
        let repository = self.quay.repository(REPOSITORY).unwrap_or_default();
        let names = repository.live_names(self.quay.now());
        let expiry =
            |name: &str| repository.live(name, self.quay.now()).and_then(|row| Some(row.end? - row.start));
        names.iter().map(|name| (name.clone(), expiry(name))).collect()
    }

    /// The image that runs in an environment; nothing where nothing was deployed.
    pub(crate) fn runs(&self, environment: &str) -> String {
        let token = cluster().token();
        let (_, deployment) = cluster().try_call(token, Method::GET, &self.deployment(environment), None);
        deployment["spec"]["template"]["spec"]["containers"][0]["image"]
            .as_str()
            .unwrap_or_default()
            .to_owned()
    }

    /// The path of the service's deployment.
    pub(crate) fn deployment(&self, environment: &str) -> String {
        format!("apis/apps/v1/namespaces/{}/deployments/shop", self.namespace(environment))
    }

    /// Fails where a secret is in a kept file that others could read.
    pub(crate) fn assert_no_secret_is_kept(&self) {
        each_file(self.home.path(), &mut |path| {
            let content = std::fs::read(path).unwrap_or_default();
            let text = String::from_utf8_lossy(&content);
            let mode = path.metadata().map_or(0, |found| found.permissions().mode() & 0o777);
            assert!(
                mode == 0o600 || !SECRETS.iter().any(|secret| text.contains(secret)),
                "{mode:o} {}",
                path.display()
            );
        });
    }
}

impl Ended {
    /// Fails unless the run ended so.
    #[track_caller]
    pub(crate) fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}", self.said);
        self
    }

    /// Fails unless all of this was said.
    #[track_caller]
    pub(crate) fn said(self, all: &[&str]) -> Self {
        for text in all {
            assert!(self.said.contains(text), "`{text}` in\n{}", self.said);
        }
        self
    }
}

fn each_file(folder: &Path, visit: &mut impl FnMut(&Path)) {
    for entry in std::fs::read_dir(folder).into_iter().flatten().flatten() {
        match entry.file_type() {
            Ok(kind) if kind.is_dir() => each_file(&entry.path(), visit),
            Ok(kind) if kind.is_file() => visit(&entry.path()),
            _ => {}
        }
    }
}
