//! Identities of AWS: keys, what the environment offers instead, and roles assumed with them.

mod ambient;
mod roles;
mod signature;

use kit::http::Client;
use kit::{Context, Result, Secret};
use serde::Deserialize;

use super::Environment;
pub(super) use signature::Signer;

/// An identity of AWS.
#[derive(Clone, Debug, Default)]
pub struct AwsIdentity {
    /// A key; `None` for what the environment offers: variables, a web identity, the container's or the machine's
    /// role, in this order.
    pub key: Option<AccessKey>,
    /// Roles to assume, each with the identity of the one before.
    pub roles: Vec<String>,
}

/// What requests are signed with.
#[derive(Clone, Debug, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "PascalCase")]
pub struct AccessKey {
    /// The key's name.
    #[serde(alias = "AccessKeyID")]
    pub access_key_id: Secret,
    /// The key itself.
    pub secret_access_key: Secret,
    /// What a temporary key comes with.
    #[serde(alias = "Token")]
    pub session_token: Option<Secret>,
}

impl AwsIdentity {
    /// Returns the key of the last role, or of the identity itself.
    pub(super) async fn access_key(
        &self,
        http: &Client,
        region: &str,
        environment: &Environment,
    ) -> Result<AccessKey> {
        let mut key = match &self.key {
            Some(key) => key.clone(),
            None => ambient::access_key(http, region, environment).await?,
        };
        for role in &self.roles {
            kit::report::debug(format_args!("assuming the role {role}"));
            key = roles::assume(http, region, environment, &key, role)
                .await
                .context(|| format!("cannot assume the role `{role}`"))?;
        }
        Ok(key)
    }
}
