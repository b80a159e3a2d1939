//! `verify`: who must have signed the chart.

use schemars::JsonSchema;
use serde::Deserialize;

/// Who must have signed the chart.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Verify {
    /// A file of the inputs with the public keys (an exported GPG keyring) that provenance files are checked against.
    pub keyring: Option<String>,
    /// Signatures made by cosign, for charts of an OCI registry.
    pub cosign: Option<Cosign>,
}

/// Signatures made by cosign.
#[derive(Clone, Debug, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Cosign {
    /// The signer's public key: PEM, or a file of the inputs.
    pub key: String,
}
