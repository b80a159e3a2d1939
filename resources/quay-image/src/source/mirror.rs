//! A registry that has copies of Docker Hub's images.

use kit::{Secret, Text};
use schemars::JsonSchema;
use serde::Deserialize;

use super::field;

/// A registry that has copies of Docker Hub's images.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct RegistryMirror {
    /// Its `host[:port]`.
    #[serde(default, deserialize_with = "field::text")]
    #[schemars(with = "Text")]
    pub host: Option<String>,

    /// The user there.
    #[serde(default, deserialize_with = "field::text")]
    #[schemars(with = "Text")]
    pub username: Option<String>,

    /// The user's password or token.
    #[serde(default, deserialize_with = "field::secret")]
    #[schemars(with = "Secret")]
    pub password: Option<Secret>,
}
