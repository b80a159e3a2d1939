//! The service with its servers.

use std::collections::BTreeMap;
use std::os::unix::fs::{PermissionsExt, symlink};
use std::path::{Path, PathBuf};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use http::Method;
use serde_json::Value;
use stack::quay_stub::Scan;
use stack::{Folder, Kubernetes};

use crate::{REPOSITORY, Secrets, Servers, Service, URI, variables};

/// A service, its servers, and a memory of its runs.
#[derive(Debug)]
pub struct Shop {
    /// The service's repository.
    pub service: Service,
    /// What its pipeline needs.
    pub servers: Servers,
    /// What nobody may see.
    pub secrets: Secrets,
    /// Begins the names of its namespaces.
    name: String,
    pub(crate) programs: PathBuf,
    /// Where `quayside` remembers runs.
    pub(crate) home: Folder,
    /// Holds Helm and Vault, for the path.
    pub(crate) tools: Folder,
    pub(crate) variables: Folder,
    /// Where programs put what they need for a moment; what a killed one leaves goes with it.
    pub(crate) temporary: Folder,
}

/// The root of this repository.
///
/// # Panics
/// When the checkout is gone from where it was when this was built.
pub fn repository() -> PathBuf {
    Path::new(env!("CARGO_MANIFEST_DIR")).join("../..").canonicalize().expect("the checkout is there")
}

impl Shop {
    /// Opens a shop in namespaces of its own. `programs` is the folder with `quayside`, `quay-image`, `helm-release` and
    /// `vault-secret`.
    ///
    /// # Panics
    /// When a server does not start.
    pub fn open(programs: &Path, cluster: Arc<Kubernetes>) -> Self {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let number = COUNT.fetch_add(1, Ordering::Relaxed);
        let word = |name: &str| format!("canary-{name}/3c1b+{number}");
        let (base, staging, production) = (word("base"), word("staging"), word("production"));
        let passwords = [("shop/staging", staging.as_str()), ("shop/production", production.as_str())];
        let servers = Servers::start(cluster, &base, &passwords);
        let secrets = [
            ("quay-robot-password", servers.quay.create_robot("acme+shop", &[(REPOSITORY, "write")])),
            ("quay-api-token", servers.quay.oauth_token("repo:read repo:write repo:admin")),
            ("vault-token", servers.vault_token.clone()),
            ("cluster-token", servers.cluster.token().to_owned()),
            ("base-password", base),
            ("staging-password", staging),
            ("production-password", production),
        ];
        let shop = Self {
            service: Service::new(URI),
            secrets: Secrets::new(secrets),
            servers,
            name: format!("shop-{number}"),
            programs: programs.to_owned(),
            home: Folder::new("home"),
            tools: Folder::new("tools"),
            variables: Folder::new("variables"),
            temporary: Folder::new("temporary"),
        };
        for environment in ["staging", "production"] {
            shop.servers.cluster.create_namespace(&shop.namespace(environment));
        }
        for (tool, name) in [("helm4", "helm4"), ("helm4", "helm"), ("vault", "vault")] {
            symlink(stack::binary(tool), shop.tools.path().join(name)).expect("a link can be made");
        }
        shop.variables.write("shop.yml", shop.variables().to_string());
        let secrets = shop.variables.write("secrets.yml", shop.secrets.to_json().to_string());
        std::fs::set_permissions(secrets, PermissionsExt::from_mode(0o600)).expect("our own file");
        shop
    }

    /// Returns the file `shop.yml` of [`Shop::variables`], or `secrets.yml`, which is for its owner alone.
    pub fn variables_file(&self, name: &str) -> PathBuf {
        self.variables.path().join(name)
    }

    /// Removes the versions that `quayside` keeps, so that they are fetched again.
    ///
    /// # Panics
    /// When they cannot be removed.
    pub fn forget_what_was_fetched(&self) {
        match std::fs::remove_dir_all(self.home.path().join("store")) {
            Err(error) if error.kind() != std::io::ErrorKind::NotFound => panic!("the store stays: {error}"),
            _ => {}
        }
    }

    /// Returns the folder in which `quayside` remembers runs.
    pub fn home(&self) -> &Path {
        self.home.path()
    }

    /// Returns the namespace of `staging` or `production`.
    pub fn namespace(&self, environment: &str) -> String {
        format!("{}-{environment}", self.name)
    }

    /// Returns the pipeline's variables beside its `defaults.yml`: secrets by their names, and a tools image that holds
    /// nothing, for tasks that run straight on this machine.
    pub fn variables(&self) -> Value {
        variables::of(self)
    }

    /// Says what the scanner found in an image.
    pub fn scanned(&self, digest: &str, scan: Scan) {
        self.servers.quay.set_scan(REPOSITORY, digest, scan);
    }

    /// The digest of a live tag.
    pub fn tag(&self, name: &str) -> Option<String> {
        let quay = &self.servers.quay;
        Some(quay.repository(REPOSITORY)?.live(name, quay.now())?.digest.clone())
    }

    /// When each live tag expires, in seconds from when it was pushed.
    pub fn expiries(&self) -> BTreeMap<String, Option<i64>> {
        let now = self.servers.quay.now();
        let repository = self.servers.quay.repository(REPOSITORY).unwrap_or_default();
        let expiry = |name: &str| repository.live(name, now).and_then(|row| Some(row.end? - row.start));
        repository.live_names(now).iter().map(|name| (name.clone(), expiry(name))).collect()
    }

    /// The image that runs in an environment; nothing where nothing was deployed.
    pub fn runs(&self, environment: &str) -> String {
        let cluster = &self.servers.cluster;
        let path = self.deployment(environment);
        let (_, deployment) = cluster.try_call(cluster.token(), Method::GET, &path, None);
        let image = &deployment["spec"]["template"]["spec"]["containers"][0]["image"];
        image.as_str().unwrap_or_default().to_owned()
    }

    /// The path of the service's deployment in the API of Kubernetes.
    pub fn deployment(&self, environment: &str) -> String {
        format!("apis/apps/v1/namespaces/{}/deployments/shop", self.namespace(environment))
    }
}
