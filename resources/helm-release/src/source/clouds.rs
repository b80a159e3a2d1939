//! The cloud blocks of `source:`: how to get from a cloud's credentials to a cluster's.

use kit::Secret;
use schemars::JsonSchema;
use serde::Deserialize;

/// An EKS cluster. `role` wins over `user`, which wins over the identity of the worker's instance or pod.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-ignored" = {"profile": "there is no AWS configuration file here; name the user or role"}))]
pub struct Aws {
    /// The cluster's region.
    pub region: String,
    /// The cluster's name.
    pub cluster_name: String,
    /// Keys of a user.
    #[serde(default)]
    pub user: Option<AwsUser>,
    /// A role to take on.
    #[serde(default)]
    pub role: Option<AwsRole>,
    /// Where AWS's APIs are, for private endpoints and other partitions.
    #[serde(default)]
    pub endpoint: Option<String>,
}

/// Keys of a user.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AwsUser {
    /// The key's id.
    pub access_key_id: Secret,
    /// The key.
    pub secret_access_key: Secret,
    /// The third part of temporary keys.
    #[serde(default)]
    pub session_token: Option<Secret>,
    /// A role to take on with these keys.
    #[serde(default)]
    pub role_arn: Option<String>,
}

/// A role to take on with the identity of the worker's instance or pod.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct AwsRole {
    /// The role's ARN.
    pub arn: String,
    /// How AWS's logs call the session.
    #[serde(default = "session_name")]
    pub session_name: String,
}

fn session_name() -> String {
    "EKSAssumeRoleSession".into()
}

/// An AKS cluster, by a service principal or a federated token.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Azure {
    /// The tenant.
    pub tenant_id: String,
    /// The service principal or managed identity.
    pub client_id: String,
    /// Its secret.
    #[serde(default)]
    pub client_secret: Option<Secret>,
    /// A token of another issuer (Concourse's identity tokens) that the tenant trusts, instead of the secret.
    #[serde(default)]
    pub federated_token: Option<Secret>,
    /// The cluster's subscription.
    pub subscription_id: String,
    /// The cluster's resource group.
    pub resource_group: String,
    /// The cluster's name.
    pub cluster_name: String,
    /// Where tokens are issued.
    #[serde(default = "azure_login")]
    pub login_endpoint: String,
    /// Where clusters are managed.
    #[serde(default = "azure_management")]
    pub management_endpoint: String,
}

fn azure_login() -> String {
    "https://login.microsoftonline.com".into()
}

fn azure_management() -> String {
    "https://management.azure.com".into()
}

/// A DigitalOcean cluster.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct DigitalOcean {
    /// The cluster's id.
    pub cluster_id: String,
    /// An API token.
    pub access_token: Secret,
    /// Where DigitalOcean's API is.
    #[serde(default = "digitalocean_api")]
    pub endpoint: String,
}

fn digitalocean_api() -> String {
    "https://api.digitalocean.com".into()
}

/// Sign in by OpenID Connect. With a refresh token for a user, without one for the client itself.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Oidc {
    /// The issuer, whose `/.well-known/openid-configuration` names the rest.
    pub issuer_url: String,
    /// The client.
    pub client_id: String,
    /// The client's secret.
    #[serde(default)]
    pub client_secret: Option<Secret>,
    /// A refresh token of a user.
    #[serde(default)]
    pub refresh_token: Option<Secret>,
    /// Scopes to ask for.
    #[serde(default = "openid")]
    pub scopes: Vec<String>,
    /// PEM certificates to trust for the issuer, beside the system's.
    #[serde(default)]
    pub ca_cert: Option<String>,
}

fn openid() -> Vec<String> {
    vec!["openid".into()]
}
