//! Azure's clouds, as a source names them.

use oci_registry::AzureCloud;
use schemars::JsonSchema;
use serde::Deserialize;

/// One of Azure's clouds; not given, the registry's domain tells it.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
pub enum Environment {
    /// By the registry's domain.
    #[default]
    #[serde(rename = "")]
    ByDomain,
    /// `azurecr.io`.
    AzurePublic,
    /// `azurecr.us`.
    AzureGovernment,
    /// `azurecr.cn`.
    AzureChina,
}

impl Environment {
    pub(super) fn cloud(self) -> Option<AzureCloud> {
        match self {
            Self::ByDomain => None,
            Self::AzurePublic => Some(AzureCloud::Public),
            Self::AzureGovernment => Some(AzureCloud::Government),
            Self::AzureChina => Some(AzureCloud::China),
        }
    }
}
