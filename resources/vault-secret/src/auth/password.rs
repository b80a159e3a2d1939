//! User and password: Vault's own users, LDAP and Okta take them alike.

use kit::{Context, Result, Secret};
use serde_json::json;

use super::keys::{LoginKeys, Method, given};
use super::login;
use crate::vault::{ApiPath, Authentication, Vault};

/// A login by user and password.
#[derive(Clone, Debug)]
pub(crate) struct UserPassword {
    method: Method,
    mount: ApiPath,
    username: ApiPath,
    pub(super) password: Secret,
}

impl UserPassword {
    pub(super) fn from_keys(keys: &LoginKeys, method: Method, mount: ApiPath) -> Result<Self> {
        let username = given(&keys.username).ok_or_else(|| login::lacks(method, "username"))?;
        let username = username.parse().context(|| "`username` can't stand in a path".into())?;
        let password = given(&keys.password).ok_or_else(|| login::lacks(method, "password"))?;
        Ok(Self { method, mount, username, password })
    }

    pub(super) async fn login(&self, vault: &Vault) -> Result<Authentication> {
        let path = self.mount.join("login").join(self.username.as_str());
        login::post(vault, self.method.name(), path, json!({ "password": self.password.expose() })).await
    }
}
