//! Which login is meant, and doing it.

use kit::{Context, Error, Result, Secret};
use serde_json::Value;

use super::approle::AppRole;
use super::aws::AwsIdentity;
use super::certificate::Certificate;
use super::jwt::WebToken;
use super::keys::{LoginKeys, Method, given};
use super::password::UserPassword;
use super::wrapped::{self, WrappedToken};
use crate::vault::{ApiPath, Authentication, Call, Vault, VaultError};

/// A login that is complete: what it needs was given.
#[derive(Clone, Debug)]
pub(crate) enum Login {
    Token(Secret),
    WrappedToken(WrappedToken),
    AppRole(AppRole),
    WebToken(WebToken),
    UserPassword(UserPassword),
    Certificate(Certificate),
    Aws(AwsIdentity),
}

impl Login {
    /// Returns the login that the keys describe.
    ///
    /// # Errors
    /// When the method can't be told or lacks something.
    pub(crate) fn from_keys(keys: &LoginKeys, has_client_certificate: bool) -> Result<Self> {
        let method = keys.auth_engine.unwrap_or_else(|| deduced(keys, has_client_certificate));
        let mount = mount(keys, method)?;
        match method {
            Method::Token => token(keys),
            Method::AppRole => AppRole::from_keys(keys, mount).map(Self::AppRole),
            Method::Kubernetes | Method::Jwt | Method::Oidc => {
                WebToken::from_keys(keys, method, mount).map(Self::WebToken)
            }
            Method::Userpass | Method::Ldap | Method::Okta => {
                UserPassword::from_keys(keys, method, mount).map(Self::UserPassword)
            }
            Method::Cert if !has_client_certificate => Err(lacks(method, "client_cert` and `client_key")),
            Method::Cert => Ok(Self::Certificate(Certificate { mount, role: given(&keys.vault_role) })),
            Method::Aws => AwsIdentity::from_keys(keys, mount).map(Self::Aws),
        }
    }

    /// Returns the token that the user gave, if that is how the login goes: nobody but the user may end it.
    pub(crate) fn given_token(&self) -> Option<&Secret> {
        match self {
            Self::Token(token) => Some(token),
            _ => None,
        }
    }

    /// Tells whether the same login can be made a second time.
    pub(crate) fn is_repeatable(&self) -> bool {
        match self {
            Self::WrappedToken(_) => false,
            Self::AppRole(role) => !role.is_wrapped(),
            _ => true,
        }
    }

    /// Returns the secret in `source` that stays the same for as long as the resource's history does. A digest of
    /// content is keyed with it; see `docs/vault-secret.md`.
    pub(crate) fn lasting_secret(&self) -> Option<&Secret> {
        match self {
            Self::Token(token) => Some(token),
            Self::AppRole(role) => role.lasting_secret(),
            Self::UserPassword(user) => Some(&user.password),
            Self::Aws(identity) => identity.lasting_secret(),
            Self::WrappedToken(_) | Self::WebToken(_) | Self::Certificate(_) => None,
        }
    }

    /// Logs in.
    ///
    /// # Errors
    /// When Vault refuses, or what the login needs can't be read.
    pub(crate) async fn run(&self, vault: &Vault) -> Result<Authentication> {
        match self {
            // The session uses a given token as it is.
            Self::Token(token) => Ok(wrapped::bare(token.clone())),
            Self::WrappedToken(token) => token.unwrap(vault).await,
            Self::AppRole(role) => role.login(vault).await,
            Self::WebToken(token) => token.login(vault).await,
            Self::UserPassword(user) => user.login(vault).await,
            Self::Certificate(certificate) => certificate.login(vault).await,
            Self::Aws(identity) => identity.login(vault).await,
        }
    }
}

/// The method whose keys are given. With none, `aws`: mitodl's resource means the instance's role then.
fn deduced(keys: &LoginKeys, has_client_certificate: bool) -> Method {
    let is_given = |value: &Option<Secret>| given(value).is_some();
    match () {
        () if given(&keys.role_name).is_some() => Method::AppRole,
        () if is_given(&keys.token) || is_given(&keys.token_wrapped) => Method::Token,
        () if [&keys.role_id, &keys.secret_id, &keys.secret_id_wrapped].into_iter().any(is_given) => {
            Method::AppRole
        }
        () if given(&keys.secret_id_file).is_some() => Method::AppRole,
        () if is_given(&keys.jwt) || given(&keys.jwt_file).is_some() => Method::Jwt,
        () if given(&keys.username).is_some() => Method::Userpass,
        () if is_given(&keys.aws_access_key_id) => Method::Aws,
        () if has_client_certificate => Method::Cert,
        () => Method::Aws,
    }
}

fn mount(keys: &LoginKeys, method: Method) -> Result<ApiPath> {
    let name = given(&keys.auth_mount).unwrap_or_else(|| method.name().to_owned());
    let name = name.trim_matches('/');
    let path = name.strip_prefix("auth/").unwrap_or(name).parse::<ApiPath>();
    let path = path.context(|| "`auth_mount` is no path".into())?;
    Ok(ApiPath::fixed("auth").join(path.as_str()))
}

fn token(keys: &LoginKeys) -> Result<Login> {
    if let Some(token) = given(&keys.token_wrapped) {
        let path = given(&keys.token_wrapped_path).unwrap_or_else(|| "auth/token/create".into());
        let expected = path.parse().context(|| "`token_wrapped_path` is no path".into())?;
        return Ok(Login::WrappedToken(WrappedToken { token, expected }));
    }
    let token = given(&keys.token).ok_or_else(|| lacks(Method::Token, "token"))?;
    let trimmed = token.expose().trim();
    if trimmed.chars().any(|character| character.is_whitespace() || character.is_control()) {
        return Err(Error::new("`token` has blanks or line ends within it").hint("give the token alone"));
    }
    Ok(Login::Token(Secret::new(trimmed)))
}

/// The error for a key that a method needs.
pub(super) fn lacks(method: Method, key: &str) -> Error {
    Error::new(format!("the login method `{}` needs `{key}`", method.name()))
        .hint("`auth_engine` says how to log in; the documentation lists each method's keys")
}

/// Posts a login and takes the token from the answer.
///
/// Sent again if it may have got lost: a second login does no harm, unless the credential counts its uses, and then
/// Vault says so.
pub(super) async fn post(vault: &Vault, method: &str, path: ApiPath, body: Value) -> Result<Authentication> {
    let answer = vault.send(&Call::write(path.clone(), body).repeatable()).await;
    let authentication = answer
        .and_then(|answer| answer.envelope.auth.ok_or(VaultError::Incomplete { path, missing: "token" }));
    authentication.map_err(|error| explained(vault, error)).context(|| format!("cannot log in by {method}"))
}

fn explained(vault: &Vault, error: VaultError) -> Error {
    let ahead = vault.clock_ahead();
    if !ahead.is_zero() {
        let seconds = ahead.whole_seconds();
        let error = error.explained();
        return error.context(format!("this machine's clock is {seconds} s behind Vault's"));
    }
    match &error {
        VaultError::Refused { status, .. } if status.as_u16() == 400 => {
            error.explained().hint("Vault knows no such credentials, or they were used up or have expired")
        }
        VaultError::Denied { path, .. } | VaultError::NotFound { path, .. } => {
            let hint = format!("is the method mounted there (`{path}`)? `auth_mount` names another place");
            kit::Error::from(error).hint(hint)
        }
        _ => error.explained(),
    }
}

/// Reads a credential from a file in the container.
pub(super) fn read_file(key: &str, path: &str) -> Result<Secret> {
    let text = std::fs::read_to_string(path).context(|| format!("cannot read `{key}` from `{path}`"))?;
    let text = text.trim();
    if text.is_empty() {
        return Err(Error::new(format!("`{key}`: the file `{path}` is empty")));
    }
    Ok(Secret::new(text))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn login(keys: Value, has_certificate: bool) -> String {
        let keys: LoginKeys = serde_json::from_value(keys).unwrap();
        match Login::from_keys(&keys, has_certificate) {
            Ok(login) => format!("{login:?}").split(['(', ' ']).next().unwrap_or_default().to_owned(),
            Err(error) => error.to_string(),
        }
    }

    #[test]
    fn the_method_is_deduced_from_its_keys() {
        let cases = [
            (json!({"token": " hvs.CAES-_x \n"}), "Token"),
            (json!({"token": "", "role_id": "a", "secret_id": "b"}), "AppRole"),
            (json!({"token": "t", "role_name": "ci"}), "AppRole"),
            (json!({"role_id": "a", "secret_id_file": "/x"}), "AppRole"),
            (json!({"auth_engine": "AppRole", "vault_role": "a"}), "AppRole"),
            (json!({"jwt": "a.b.c", "vault_role": "ci"}), "WebToken"),
            (json!({"username": "a", "password": "b"}), "UserPassword"),
            (json!({"auth_engine": "kubernetes", "vault_role": "ci"}), "WebToken"),
            (json!({"token_wrapped": "hvs.x"}), "WrappedToken"),
            (json!({}), "Aws"),
            (json!({"token": "a b"}), "`token` has blanks or line ends within it"),
            (json!({"auth_engine": "token"}), "the login method `token` needs `token`"),
            (json!({"auth_engine": "kubernetes"}), "the login method `kubernetes` needs `vault_role`"),
            (json!({"username": "a"}), "the login method `userpass` needs `password`"),
            (json!({"auth_engine": "cert"}), "the login method `cert` needs `client_cert` and `client_key`"),
            (
                json!({"role_id": "a", "auth_mount": "../sys"}),
                "`auth_mount` is no path: `../sys` has an empty part, `.` or `..` between its slashes",
            ),
        ];
        for (keys, expected) in cases {
            assert_eq!(login(keys.clone(), false), expected, "{keys}");
        }
        assert_eq!(login(json!({}), true), "Certificate");
    }
}
