//! The servers that the service's pipeline needs, each behind a door that can be closed.

use std::sync::Arc;

use http::Method;
use serde_json::json;
use stack::image::{Builder, Content, Layer};
use stack::{Door, Kubernetes, QuayStub, Registry, Vault};

/// The repository of the service's images.
pub const REPOSITORY: &str = "acme/shop";
/// Where the image is that the service's is made on.
pub(crate) const BASE: &str = "acme/base";
pub(crate) const BASE_USER: &str = "builder";

/// What the service may read and do in Vault.
const POLICY: &str = r#"
path "secret/*" { capabilities = ["read"] }
path "database/*" { capabilities = ["read", "update"] }
path "sys/leases/*" { capabilities = ["update"] }
"#;

/// A server that a job may need.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Kind {
    /// The registry half of Quay.
    Registry,
    /// The API of Quay, which the stub plays.
    Quay,
    /// Vault.
    Vault,
    /// The API server of Kubernetes.
    Cluster,
}

/// The running servers.
#[derive(Debug)]
pub struct Servers {
    /// Asks for user and password; holds the image that the service's is made on.
    pub bases: Registry,
    /// The stub of Quay, with the real registry behind it.
    pub quay: QuayStub,
    /// Vault, with the secrets of both environments.
    pub vault: Vault,
    /// The cluster, which others may use too.
    pub cluster: Arc<Kubernetes>,
    pub(crate) base: Content,
    pub(crate) vault_token: String,
    doors: [(Kind, Arc<Door>); 4],
}

impl Servers {
    /// Starts the servers, and puts into Vault what `(path, password)` says.
    pub(crate) fn start(cluster: Arc<Kubernetes>, base_password: &str, passwords: &[(&str, &str)]) -> Self {
        let base = Builder::new().layer(Layer::new().directory("tmp").directory("etc")).build();
        let bases = Registry::builder().htpasswd(BASE_USER, base_password).start();
        base.push(&bases, BASE, "1");

        let (mut registry, mut api) = (Door::new(), Door::new());
        let quay = QuayStub::builder().own_api_host().known_as(&registry.host(), &api.host()).start();
        let (registry_address, api_address) = quay.addresses();
        registry.lead_to(&registry_address);
        api.lead_to(&api_address);
        quay.create_repository(REPOSITORY);

        let vault = Vault::dev();
        for (path, password) in passwords {
            let content = json!({"data": {"password": password}});
            vault.call(Method::POST, &format!("secret/data/{path}"), Some(&content));
        }
        vault.call(Method::POST, "sys/policies/acl/shop", Some(&json!({"policy": POLICY})));
        let token = vault.call(Method::POST, "auth/token/create", Some(&json!({"policies": ["shop"]})));
        let vault_token = token["auth"]["client_token"].as_str().expect("a token").to_owned();

        let vault_door = Door::in_front_of(&vault.url());
        let cluster_door = Door::in_front_of(&cluster.url());
        let doors = [
            (Kind::Registry, registry),
            (Kind::Quay, api),
            (Kind::Vault, vault_door),
            (Kind::Cluster, cluster_door),
        ];
        let doors = doors.map(|(kind, door)| (kind, Arc::new(door)));
        Self { bases, quay, vault, cluster, base, vault_token, doors }
    }

    /// Returns the door of a server: closed, the server is gone for the service's pipeline, and for nobody else.
    pub fn door(&self, kind: Kind) -> &Arc<Door> {
        let found = self.doors.iter().find(|(door, _)| *door == kind);
        found.map(|(_, door)| door).expect("each has one")
    }

    pub(crate) fn vault_url(&self) -> String {
        format!("http://{}", self.door(Kind::Vault).host())
    }

    pub(crate) fn cluster_url(&self) -> String {
        format!("https://{}", self.door(Kind::Cluster).host())
    }
}
