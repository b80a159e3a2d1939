//! Signed tokens: JWT and OIDC with a token of the user's own, Kubernetes with a service account's.

use kit::{Result, Secret};
use serde_json::{Map, Value};

use super::keys::{LoginKeys, Method, given};
use super::login;
use crate::vault::{ApiPath, Authentication, Vault};

/// Where Kubernetes puts a pod's token.
const SERVICE_ACCOUNT: &str = "/var/run/secrets/kubernetes.io/serviceaccount/token";

/// A login by a signed token.
#[derive(Clone, Debug)]
pub(crate) struct WebToken {
    method: Method,
    mount: ApiPath,
    role: Option<String>,
    bearer: Bearer,
}

#[derive(Clone, Debug)]
enum Bearer {
    Plain(Secret),
    File(String),
}

impl WebToken {
    pub(super) fn from_keys(keys: &LoginKeys, method: Method, mount: ApiPath) -> Result<Self> {
        let role = given(&keys.vault_role);
        let is_kubernetes = method == Method::Kubernetes;
        if is_kubernetes && role.is_none() {
            return Err(login::lacks(method, "vault_role"));
        }
        let file = given(&keys.jwt_file).or_else(|| is_kubernetes.then(|| SERVICE_ACCOUNT.to_owned()));
        let bearer = given(&keys.jwt).map(Bearer::Plain).or(file.map(Bearer::File));
        let bearer = bearer.ok_or_else(|| login::lacks(method, "jwt` or `jwt_file"))?;
        Ok(Self { method, mount, role, bearer })
    }

    pub(super) async fn login(&self, vault: &Vault) -> Result<Authentication> {
        let token = match &self.bearer {
            Bearer::Plain(token) => Secret::new(token.expose().trim()),
            Bearer::File(path) => login::read_file("jwt_file", path)?,
        };
        let mut body = Map::new();
        body.insert("jwt".into(), Value::String(token.expose().into()));
        if let Some(role) = &self.role {
            body.insert("role".into(), Value::String(role.clone()));
        }
        login::post(vault, self.method.name(), self.mount.join("login"), body.into()).await
    }
}
