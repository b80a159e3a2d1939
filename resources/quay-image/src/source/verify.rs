//! Which signature an image must have.

use kit::{Error, Result, Text};
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

    /// Who vouched for the identity: the URL of the OIDC issuer in the signing certificate.
    #[serde(default, deserialize_with = "field::text")]
    #[schemars(with = "Text")]
    pub issuer: Option<String>,

    /// The certificates and logs to trust: a Sigstore `trusted_root.json`, as text.
    #[serde(default, deserialize_with = "field::text")]
    #[schemars(with = "Text")]
    pub trusted_root: Option<String>,
}

/// How a signature is verified.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signer<'a> {
    /// It was made with the private part of this PEM key.
    Key(&'a str),
    /// It was made by an identity.
    Keyless {
        /// The email address or URI.
        identity: &'a str,
        /// The URL of the OIDC issuer.
        issuer: &'a str,
        /// `trusted_root.json`.
        trusted_root: &'a str,
    },
}

impl Verify {
    /// Returns who must have signed.
    ///
    /// # Errors
    /// When neither a key nor a whole identity is given, or both.
    pub fn signer(&self) -> Result<Signer<'_>> {
        match (&self.key, &self.identity, &self.issuer, &self.trusted_root) {
            (Some(key), None, None, None) => Ok(Signer::Key(key)),
            (None, Some(identity), Some(issuer), Some(trusted_root)) => {
                Ok(Signer::Keyless { identity, issuer, trusted_root })
            }
            _ => Err(Error::new("`source.verify` does not say who must have signed")
                .hint("give either `key`, or all of `identity`, `issuer` and `trusted_root`")),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_signer_is_a_key_or_a_whole_identity() {
        let key = Verify { key: Some("PEM".into()), ..Verify::default() };
        let keyless = Verify {
            identity: Some("ann@example.com".into()),
            issuer: Some("https://accounts.example.com".into()),
            trusted_root: Some("{}".into()),
            ..Verify::default()
        };
        assert_eq!(key.signer().unwrap(), Signer::Key("PEM"));
        assert!(matches!(keyless.signer().unwrap(), Signer::Keyless { identity: "ann@example.com", .. }));
        let refused = [
            ("nothing", Verify::default()),
            ("both", Verify { key: Some("PEM".into()), ..keyless.clone() }),
            ("no trusted root", Verify { trusted_root: None, ..keyless }),
        ];
        for (case, verify) in refused {
            assert!(verify.signer().is_err(), "{case}");
        }
    }
}
