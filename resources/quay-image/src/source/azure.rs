//! Azure's clouds, as a source names them.

use std::str::FromStr;

use oci_registry::AzureCloud;

/// One of Azure's clouds, by the name that Azure's own tools use.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Environment(pub(super) AzureCloud);

/// A name that no cloud of Azure has.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is none of `AzurePublic`, `AzureGovernment` and `AzureChina`")]
pub struct UnknownEnvironment(String);

impl FromStr for Environment {
    type Err = UnknownEnvironment;

    fn from_str(name: &str) -> Result<Self, UnknownEnvironment> {
        match name {
            "AzurePublic" => Ok(Self(AzureCloud::Public)),
            "AzureGovernment" => Ok(Self(AzureCloud::Government)),
            "AzureChina" => Ok(Self(AzureCloud::China)),
            other => Err(UnknownEnvironment(other.to_owned())),
        }
    }
}
