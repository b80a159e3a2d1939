//! The platform of a source or a get.

use kit::Text;
use oci_registry::Platform;
use schemars::JsonSchema;
use serde::Deserialize;

use super::field;

/// Which image to take out of an index.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct PlatformField {
    /// The processor in Go's words, as `amd64` or `arm64/v8`. By default the worker's.
    #[serde(default, deserialize_with = "field::text")]
    #[schemars(with = "Text")]
    pub architecture: Option<String>,

    /// The operating system, as `linux`. By default the worker's.
    #[serde(default, deserialize_with = "field::text")]
    #[schemars(with = "Text")]
    pub os: Option<String>,
}

impl PlatformField {
    /// Returns the platform: what isn't named is the worker's.
    pub fn platform(&self) -> Platform {
        Platform::named(self.os.as_deref(), self.architecture.as_deref())
    }
}
