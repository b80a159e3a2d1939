//! `private_registry`: a registry login made with a cloud's keys.

use kit::Text;
use schemars::JsonSchema;
use serde::Deserialize;

use crate::source::{AwsRole, AwsUser};

/// A registry login made with a cloud's keys.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PrivateRegistry {
    /// Amazon's registry.
    pub ecr: Ecr,
}

/// Amazon's registry of one account and region.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
#[schemars(extend("x-ignored" = {"profile": "there is no AWS configuration file here; name the user or role"}))]
pub struct Ecr {
    /// The region.
    pub region: String,
    /// The account.
    pub account_id: Text,
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
