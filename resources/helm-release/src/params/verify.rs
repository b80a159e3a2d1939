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

/// Signatures made by cosign: one with the key of `key`, or one without a key by `identity`, vouched for by `issuer`.
#[derive(Clone, Debug, Default, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Cosign {
    /// The signer's public key: PEM, or a file of the inputs.
    pub key: Option<String>,
    /// Who signed: the email address or URI in the signing certificate.
    pub identity: Option<String>,
    /// A regular expression that the whole identity must match, instead of `identity`.
    pub identity_regex: Option<String>,
    /// Who vouched for the identity: the URL of the OIDC issuer in the signing certificate.
    pub issuer: Option<String>,
    /// The certificates and logs to trust: a Sigstore `trusted_root.json`, as text or as a file of the inputs.
    pub trusted_root: Option<String>,
}
