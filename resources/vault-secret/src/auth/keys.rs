//! The keys that say how to log in, in `source` and in `params.auth`.

use kit::Secret;
use schemars::JsonSchema;
use serde::Deserialize;

/// How to log in. In `params.auth` it replaces what `source` says, for credentials that live for one build only.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default)]
#[schemars(extend("additionalProperties" = false))]
pub struct LoginKeys {
    /// The login method. Deduced where one method's keys are given.
    #[schemars(extend("x-aliases" = ["auth_method"]))]
    pub(crate) auth_engine: Option<Method>,
    /// Where the method is mounted, below `auth/`. The method's own name by default.
    #[schemars(extend("x-aliases" = ["aws_mount_path"]))]
    pub(crate) auth_mount: Option<String>,
    /// The role for `kubernetes`, `jwt`, `oidc`, `aws` and `cert`. For `approle` it is read as `role_id`.
    #[schemars(extend("x-aliases" = ["aws_vault_role", "role"]))]
    pub(crate) vault_role: Option<String>,
    /// `token`: a token. It is used as it is, and never renewed or revoked.
    #[schemars(extend("x-aliases" = ["vault_token"]))]
    pub(crate) token: Option<Secret>,
    /// `token`: a response-wrapping token that holds a token. It is verified and can be unwrapped once.
    pub(crate) token_wrapped: Option<Secret>,
    /// `token`: the path that must have made what `token_wrapped` holds. `auth/token/create` by default.
    pub(crate) token_wrapped_path: Option<String>,
    /// `approle`: the role's id.
    pub(crate) role_id: Option<Secret>,
    /// `approle`: the secret id, where the role asks for one.
    pub(crate) secret_id: Option<Secret>,
    /// `approle`: a file in the container that holds the secret id.
    pub(crate) secret_id_file: Option<String>,
    /// `approle`: a response-wrapping token that holds a secret id. It is verified and can be unwrapped once.
    pub(crate) secret_id_wrapped: Option<Secret>,
    /// `approle`: the role's name. With `token`, role id and a new secret id are fetched by that token; with
    /// `secret_id_wrapped`, the secret id must be of this role.
    pub(crate) role_name: Option<String>,
    /// `jwt`, `oidc`, `kubernetes`: the token to show, such as Concourse's `idtoken`.
    pub(crate) jwt: Option<Secret>,
    /// `jwt`, `oidc`, `kubernetes`: a file in the container that holds the token. For `kubernetes` it is the service
    /// account's by default.
    pub(crate) jwt_file: Option<String>,
    /// `userpass`, `ldap`, `okta`: who logs in.
    pub(crate) username: Option<String>,
    /// `userpass`, `ldap`, `okta`: the password.
    pub(crate) password: Option<Secret>,
    /// `aws`: an access key. Without one, the worker's instance role is used.
    pub(crate) aws_access_key_id: Option<Secret>,
    /// `aws`: the access key's secret.
    pub(crate) aws_secret_access_key: Option<Secret>,
    /// `aws`: the session token of a temporary access key.
    pub(crate) aws_session_token: Option<Secret>,
    /// `aws`: the region of the STS endpoint. `us-east-1` with the global endpoint by default.
    pub(crate) aws_region: Option<String>,
    /// `aws`: the STS endpoint that Vault is to ask, if it is not Amazon's own.
    pub(crate) aws_sts_endpoint: Option<String>,
    /// `aws`: the value that Vault expects in `X-Vault-AWS-IAM-Server-ID`.
    pub(crate) aws_server_id: Option<String>,
    /// `aws`: where the instance's metadata are, if not at `http://169.254.169.254`.
    pub(crate) aws_metadata_endpoint: Option<String>,
}

/// A login method.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(rename_all = "lowercase")]
#[schemars(extend("enum" = [
    "token", "approle", "kubernetes", "jwt", "oidc", "userpass", "ldap", "okta", "aws", "cert", "AppRole"
]))]
pub(crate) enum Method {
    Token,
    // Docurated's spelling.
    #[serde(alias = "AppRole")]
    AppRole,
    Kubernetes,
    Jwt,
    Oidc,
    Userpass,
    Ldap,
    Okta,
    Aws,
    Cert,
}

impl Method {
    /// Returns the name that is also the default mount.
    pub(crate) fn name(self) -> &'static str {
        match self {
            Self::Token => "token",
            Self::AppRole => "approle",
            Self::Kubernetes => "kubernetes",
            Self::Jwt => "jwt",
            Self::Oidc => "oidc",
            Self::Userpass => "userpass",
            Self::Ldap => "ldap",
            Self::Okta => "okta",
            Self::Aws => "aws",
            Self::Cert => "cert",
        }
    }
}

/// Returns a value that counts as given: an empty text does not, since `((maybe))` leaves one.
pub(super) fn given<T: Blank + Clone>(value: &Option<T>) -> Option<T> {
    value.clone().filter(|value| !value.is_blank())
}

/// A text that may say nothing.
pub(super) trait Blank {
    fn is_blank(&self) -> bool;
}

impl Blank for String {
    fn is_blank(&self) -> bool {
        self.trim().is_empty()
    }
}

impl Blank for Secret {
    fn is_blank(&self) -> bool {
        self.expose().trim().is_empty()
    }
}
