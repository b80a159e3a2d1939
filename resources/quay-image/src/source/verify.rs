//! Which signature an image must have.

use cosign::{Identity, Keyless, Policy, PublicKey, TrustedRoot};
use kit::{Context as _, Error, Result, Text};
use schemars::JsonSchema;
use serde::Deserialize;

use super::field;

/// Which signature by cosign an image must have: one made with the key of `key`, or one that was made without a key
/// by `identity`, vouched for by `issuer`.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields)]
pub struct Verify {
    /// The public key, PEM.
    #[serde(default, deserialize_with = "field::text")]
    #[schemars(with = "Text")]
    pub key: Option<String>,

    /// Who signed: the email address or URI in the signing certificate.
    #[serde(default, deserialize_with = "field::text")]
    #[schemars(with = "Text")]
    pub identity: Option<String>,

    /// A regular expression that the whole identity must match, instead of `identity`.
    #[serde(default, deserialize_with = "field::text")]
    #[schemars(with = "Text")]
    pub identity_regex: Option<String>,

    /// Who vouched for the identity: the URL of the OIDC issuer in the signing certificate.
    #[serde(default, deserialize_with = "field::text")]
    #[schemars(with = "Text")]
    pub issuer: Option<String>,

    /// The certificates and logs to trust: a Sigstore `trusted_root.json`, as text.
    #[serde(default, deserialize_with = "field::text")]
    #[schemars(with = "Text")]
    pub trusted_root: Option<String>,
}

impl Verify {
    /// Returns who must have signed.
    ///
    /// # Errors
    /// When neither a key nor a whole identity is given, or both; and when a part can't be read.
    pub fn policy(&self) -> Result<Policy> {
        match (&self.key, self.identity()?, &self.issuer, &self.trusted_root) {
            (Some(key), None, None, None) => {
                let key = PublicKey::parse(key).context(|| "cannot read `source.verify.key`".into())?;
                Ok(Policy::Key(key))
            }
            (None, Some(identity), Some(issuer), Some(trusted_root)) => {
                let trusted_root = TrustedRoot::parse(trusted_root);
                let trusted_root =
                    trusted_root.context(|| "cannot read `source.verify.trusted_root`".into())?;
                Ok(Policy::Keyless(Box::new(Keyless { identity, issuer: issuer.clone(), trusted_root })))
            }
            _ => Err(Error::new("`source.verify` does not say who must have signed").hint(
                "give either `key`, or all of `identity` (or `identity_regex`), `issuer` and `trusted_root`",
            )),
        }
    }

    fn identity(&self) -> Result<Option<Identity>> {
        match (&self.identity, &self.identity_regex) {
            (Some(_), Some(_)) => Err(Error::new("`source.verify` has both `identity` and `identity_regex`")),
            (Some(identity), None) => Ok(Some(Identity::Exact(identity.clone()))),
            (None, Some(pattern)) => {
                let identity = Identity::pattern(pattern);
                Ok(Some(identity.context(|| "cannot read `source.verify.identity_regex`".into())?))
            }
            (None, None) => Ok(None),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const KEY: &str = "-----BEGIN PUBLIC KEY-----
MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEuajDiYpw5UUTBf/mcAbSIuOMoxPv
5jaIKnTCuFXJr/t7YCtG+gOOG3LTHeiJqgSZpYcrkomHA6T1u72ubM2dkA==
-----END PUBLIC KEY-----";

    #[test]
    fn a_signer_is_a_key_or_a_whole_identity() {
        let text = |text: &str| Some(text.to_owned());
        let root = r#"{"tlogs": [], "certificateAuthorities": []}"#;
        let keyless = Verify {
            identity: text("ann@example.com"),
            issuer: text("https://accounts.example.com"),
            trusted_root: text(root),
            ..Verify::default()
        };
        let cases = [
            ("nothing", Verify::default(), "does not say who must have signed"),
            ("both", Verify { key: text(KEY), ..keyless.clone() }, "does not say who must have signed"),
            (
                "no root",
                Verify { trusted_root: None, ..keyless.clone() },
                "does not say who must have signed",
            ),
            ("two identities", Verify { identity_regex: text(".*"), ..keyless.clone() }, "has both"),
            (
                "no regex",
                Verify { identity: None, identity_regex: text("("), ..keyless.clone() },
                "identity_regex",
            ),
            (
                "no key",
                Verify { key: text("nonsense"), ..Verify::default() },
                "cannot read `source.verify.key`",
            ),
            ("an empty root", keyless, "cannot read `source.verify.trusted_root`"),
        ];
        for (case, verify, expected) in cases {
            let error = verify.policy().unwrap_err().to_string();
            assert!(error.contains(expected), "{case}: {error}");
        }
    }
}
