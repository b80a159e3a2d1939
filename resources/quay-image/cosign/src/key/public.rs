//! Public keys: ECDSA on P-256 and P-384, RSA, Ed25519.

use kit::{Error, Result};
use ring::signature::{self, VerificationAlgorithm};
use x509_cert::der::{Decode as _, Encode as _};
use x509_cert::spki::SubjectPublicKeyInfoOwned;

use super::first_pem;

/// A public key.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct PublicKey {
    kind: Kind,
    bytes: Vec<u8>,
    der: Vec<u8>,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Kind {
    P256,
    P384,
    Rsa,
    Ed25519,
}

const EC_PUBLIC_KEY: &str = "1.2.840.10045.2.1";
const P256: &str = "1.2.840.10045.3.1.7";
const P384: &str = "1.3.132.0.34";
const RSA: &str = "1.2.840.113549.1.1.1";
const ED25519: &str = "1.3.101.112";

impl PublicKey {
    /// Reads a PEM public key (`-----BEGIN PUBLIC KEY-----`), as `cosign generate-key-pair` leaves in `cosign.pub`.
    ///
    /// # Errors
    /// When it is none, or of a kind that is not supported.
    pub fn parse(pem: &str) -> Result<Self> {
        match first_pem(pem) {
            Some((label, der)) if label == "PUBLIC KEY" => Self::from_der(&der),
            Some((label, _)) => Err(Error::new(format!("a PEM public key is expected, found `{label}`"))
                .hint("`cosign public-key --key cosign.key` prints the public part of a key")),
            None => Err(Error::new("a PEM public key is expected (-----BEGIN PUBLIC KEY-----)")),
        }
    }

    /// Reads a key's SubjectPublicKeyInfo (RFC 5280, section 4.1.2.7).
    ///
    /// # Errors
    /// When it is none, or of a kind that is not supported.
    pub fn from_der(der: &[u8]) -> Result<Self> {
        let info = SubjectPublicKeyInfoOwned::from_der(der)
            .map_err(|_| Error::new("the public key is malformed"))?;
        let algorithm = info.algorithm.oid.to_string();
        let curve = info.algorithm.parameters.as_ref().and_then(|any| any.decode_as().ok());
        let curve = curve.map(|oid: x509_cert::der::asn1::ObjectIdentifier| oid.to_string());
        let kind = match (algorithm.as_str(), curve.as_deref()) {
            (EC_PUBLIC_KEY, Some(P256)) => Kind::P256,
            (EC_PUBLIC_KEY, Some(P384)) => Kind::P384,
            (RSA, _) => Kind::Rsa,
            (ED25519, _) => Kind::Ed25519,
            _ => {
                return Err(Error::new("the public key is of a kind that is not supported")
                    .hint("supported are ECDSA on P-256 and P-384, RSA of 2048 to 8192 bits, and Ed25519"));
            }
        };
        let bytes = info.subject_public_key.raw_bytes().to_vec();
        Ok(Self { kind, bytes, der: der.to_vec() })
    }

    /// Reads the key of a certificate.
    pub(crate) fn of_certificate(certificate: &x509_cert::Certificate) -> Result<Self> {
        let info = certificate.tbs_certificate().subject_public_key_info();
        Self::from_der(&info.to_der().map_err(|_| Error::new("the certificate's key is malformed"))?)
    }

    /// Returns the key's SubjectPublicKeyInfo.
    pub(crate) fn der(&self) -> &[u8] {
        &self.der
    }

    /// Tells whether `signature` was made of `message` with this key.
    ///
    /// Which hash goes with which kind of key is not written anywhere in a signature, so those that cosign's versions
    /// use are tried.
    pub fn verifies(&self, message: &[u8], signature: &[u8]) -> bool {
        let algorithms: &[&dyn VerificationAlgorithm] = match self.kind {
            Kind::P256 => &[&signature::ECDSA_P256_SHA256_ASN1, &signature::ECDSA_P256_SHA384_ASN1],
            Kind::P384 => &[&signature::ECDSA_P384_SHA384_ASN1, &signature::ECDSA_P384_SHA256_ASN1],
            Kind::Rsa => &[&signature::RSA_PKCS1_2048_8192_SHA256, &signature::RSA_PSS_2048_8192_SHA256],
            Kind::Ed25519 => &[&signature::ED25519],
        };
        algorithms.iter().any(|algorithm| verifies(*algorithm, &self.bytes, message, signature))
    }
}

fn verifies(algorithm: &dyn VerificationAlgorithm, key: &[u8], message: &[u8], signature: &[u8]) -> bool {
    algorithm.verify(key.into(), message.into(), signature.into()).is_ok()
}
