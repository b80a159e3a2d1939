//! AppRole: a role's id and, mostly, a secret id, given in one of several ways.

use kit::{Context, Result, Secret};
use serde_json::{Map, Value, json};

use super::keys::{LoginKeys, Method, given};
use super::{login, wrapped};
use crate::vault::{ApiPath, Authentication, Call, Vault};

/// An AppRole login.
#[derive(Clone, Debug)]
pub(crate) struct AppRole {
    mount: ApiPath,
    role: Role,
}

#[derive(Clone, Debug)]
enum Role {
    /// The role's id and its secret id.
    Known { id: Secret, secret: SecretId },
    /// Both are fetched by a token that may make secret ids.
    Named { name: String, token: Secret },
}

#[derive(Clone, Debug)]
enum SecretId {
    Plain(Secret),
    File(String),
    /// In a wrapping token; for this role, if it is named.
    Wrapped {
        token: Secret,
        role: Option<String>,
    },
    /// The role does not ask for one.
    Unbound,
}

impl AppRole {
    pub(super) fn from_keys(keys: &LoginKeys, mount: ApiPath) -> Result<Self> {
        let id = given(&keys.role_id).or_else(|| given(&keys.vault_role).map(Secret::new));
        let name = given(&keys.role_name);
        let role = match (id, name, given(&keys.token)) {
            (Some(id), _, _) => Role::Known { id, secret: SecretId::from_keys(keys) },
            (None, Some(name), Some(token)) => Role::Named { name, token },
            (None, Some(_), None) => {
                return Err(login::lacks(Method::AppRole, "role_id` (or `token` beside `role_name"));
            }
            (None, None, _) => return Err(login::lacks(Method::AppRole, "role_id")),
        };
        Ok(Self { mount, role })
    }

    pub(super) fn is_wrapped(&self) -> bool {
        matches!(&self.role, Role::Known { secret: SecretId::Wrapped { .. }, .. })
    }

    pub(super) fn lasting_secret(&self) -> Option<&Secret> {
        match &self.role {
            Role::Known { secret: SecretId::Plain(secret), .. } => Some(secret),
            Role::Named { token, .. } => Some(token),
            Role::Known { .. } => None,
        }
    }

    pub(super) async fn login(&self, vault: &Vault) -> Result<Authentication> {
        let (id, secret) = match &self.role {
            Role::Known { id, secret } => (id.clone(), secret.read(vault, &self.mount).await?),
            Role::Named { name, token } => self.fetch(&vault.with_token(token.clone()), name).await?,
        };
        let mut body = Map::new();
        body.insert("role_id".into(), Value::String(id.expose().into()));
        if let Some(secret) = secret {
            body.insert("secret_id".into(), Value::String(secret.expose().into()));
        }
        login::post(vault, "approle", self.mount.join("login"), body.into()).await
    }

    /// Fetches the role's id and makes a secret id, as Comcast's resource does.
    async fn fetch(&self, vault: &Vault, name: &str) -> Result<(Secret, Option<Secret>)> {
        let role = self.mount.join("role").join(name);
        let failed = || format!("cannot fetch the credentials of the role `{name}`");
        let id = vault.send(&Call::read(role.join("role-id"))).await;
        let id = id.map_err(|error| error.explained()).context(failed)?;
        let secret = vault.send(&Call::write(role.join("secret-id"), json!({}))).await;
        let secret = secret.map_err(|error| error.explained()).context(failed)?;
        Ok((
            wrapped::field(&id, "role_name", "role_id")?,
            Some(wrapped::field(&secret, "role_name", "secret_id")?),
        ))
    }
}

impl SecretId {
    fn from_keys(keys: &LoginKeys) -> Self {
        if let Some(token) = given(&keys.secret_id_wrapped) {
            return Self::Wrapped { token, role: given(&keys.role_name) };
        }
        if let Some(secret) = given(&keys.secret_id) {
            return Self::Plain(Secret::new(secret.expose().trim()));
        }
        given(&keys.secret_id_file).map_or(Self::Unbound, Self::File)
    }

    async fn read(&self, vault: &Vault, mount: &ApiPath) -> Result<Option<Secret>> {
        match self {
            Self::Plain(secret) => Ok(Some(secret.clone())),
            Self::File(path) => login::read_file("secret_id_file", path).map(Some),
            Self::Unbound => Ok(None),
            Self::Wrapped { token, role } => {
                let expected = format!("{mount}/role/{}/secret-id", role.as_deref().unwrap_or("*"));
                let is_expected = |path: &str| is_secret_id_path(path, mount, role.as_deref());
                let key = "secret_id_wrapped";
                let answer = wrapped::unwrap(vault, token, key, &expected, is_expected).await?;
                wrapped::field(&answer, key, "secret_id").map(Some)
            }
        }
    }
}

/// Tells whether `path` is where secret ids of the role (or of any) are made: `<mount>/role/<name>/secret-id`.
fn is_secret_id_path(path: &str, mount: &ApiPath, role: Option<&str>) -> bool {
    let below =
        path.trim_matches('/').strip_prefix(mount.as_str()).and_then(|rest| rest.strip_prefix("/role/"));
    let name = below.and_then(|rest| rest.strip_suffix("/secret-id"));
    name.is_some_and(|name| !name.contains('/') && role.is_none_or(|role| role == name))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_wrapped_secret_id_must_come_from_its_role() {
        let mount: ApiPath = "auth/approle".parse().unwrap();
        for (path, role, expected) in [
            ("auth/approle/role/ci/secret-id", Some("ci"), true),
            ("auth/approle/role/ci/secret-id", None, true),
            ("auth/approle/role/other/secret-id", Some("ci"), false),
            ("auth/other/role/ci/secret-id", Some("ci"), false),
            ("auth/approle/role/a/b/secret-id", None, false),
            ("secret/data/app", None, false),
        ] {
            assert_eq!(is_secret_id_path(path, &mount, role), expected, "{path} {role:?}");
        }
    }
}
