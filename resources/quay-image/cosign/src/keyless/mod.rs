//! Signatures without a key: a certificate authority (Fulcio) vouches for an identity for some minutes, and a log (Rekor)
//! that the signature was made in them.

mod certificate;
mod entry;
mod sct;
mod trusted_root;

use kit::{Error, Result};
use regex::Regex;

pub use trusted_root::TrustedRoot;

use crate::PublicKey;
use crate::found::Signature;
use certificate::SigningCertificate;

/// An identity that must have signed, who must have vouched for it, and whom to trust.
#[derive(Debug)]
pub struct Keyless {
    /// Who signed.
    pub identity: Identity,
    /// The OIDC issuer that vouched for the identity, as in `https://token.actions.githubusercontent.com`.
    pub issuer: String,
    /// The certificate authorities and logs to trust.
    pub trusted_root: TrustedRoot,
}

/// Who signed: the email address or URI in the certificate.
#[derive(Clone, Debug)]
pub enum Identity {
    /// Exactly this.
    Exact(String),
    /// Whatever the expression matches as a whole.
    Pattern(Regex),
}

impl Identity {
    /// Reads a pattern, which must match the whole identity.
    ///
    /// # Errors
    /// When it is no regular expression.
    pub fn pattern(expression: &str) -> Result<Self> {
        let anchored = Regex::new(&format!("^(?:{expression})$"));
        Ok(Self::Pattern(
            anchored.map_err(|_| Error::new(format!("`{expression}` is no regular expression")))?,
        ))
    }

    fn matches(&self, identity: &str) -> bool {
        match self {
            Self::Exact(wanted) => wanted == identity,
            Self::Pattern(pattern) => pattern.is_match(identity),
        }
    }
}

impl Keyless {
    pub(crate) fn describe(&self) -> String {
        let identity = match &self.identity {
            Identity::Exact(identity) => identity.as_str(),
            Identity::Pattern(pattern) => pattern.as_str(),
        };
        format!("`{identity}` of {}", self.issuer)
    }

    /// Verifies everything of a signature: the log's promise, the certificate at the time that the log saw it, the
    /// signature itself, and that log, certificate and signature speak of one another.
    pub(crate) fn accept(&self, signature: &Signature) -> Result<()> {
        let Some((leaf, chain)) = signature.certificates.split_first() else {
            return Err(Error::new("it was made with a key, not by an identity"));
        };
        let Some(entry) = &signature.log else {
            return Err(Error::new("no log has promised when it was made")
                .hint("signatures with nothing but a time stamp of an authority are not supported"));
        };
        self.trusted_root.verify_promise(entry)?;
        entry::expect(entry, signature, leaf)?;
        let certificate = SigningCertificate::parse(leaf)?;
        self.trusted_root.verify_certificate(&certificate, chain, entry.integrated_time)?;
        self.expect_identity(&certificate)?;
        let key = PublicKey::of_certificate(certificate.parsed())?;
        if key.verifies(&signature.message, &signature.signature) {
            Ok(())
        } else {
            Err(Error::new("it was not made with the key of its certificate"))
        }
    }

    fn expect_identity(&self, certificate: &SigningCertificate) -> Result<()> {
        let issuer = certificate.issuer()?;
        if issuer != self.issuer {
            return Err(Error::new(format!("its issuer is `{issuer}`, not `{}`", self.issuer)));
        }
        let identities = certificate.identities()?;
        if identities.iter().any(|identity| self.identity.matches(identity)) {
            return Ok(());
        }
        Err(Error::new(format!("it was made by `{}`", identities.join("`, `"))))
    }
}
