//! Private keys.

use kit::{Error, Result, Secret};
use ring::rand::SystemRandom;
use ring::signature::{
    self, ECDSA_P256_SHA256_ASN1_SIGNING, EcdsaKeyPair, Ed25519KeyPair, KeyPair as _, RsaKeyPair,
};

use super::{PublicKey, der_value, encrypted, first_pem};

/// A key to sign with.
pub struct SigningKey {
    pair: Pair,
    random: SystemRandom,
}

enum Pair {
    Ecdsa(EcdsaKeyPair),
    Ed25519(Ed25519KeyPair),
    Rsa(Box<RsaKeyPair>),
}

/// The DER of the AlgorithmIdentifiers (RFC 5280, section 4.1.1.2) of the kinds of keys.
const P256: &[u8] = &[
    0x30, 0x13, 0x06, 0x07, 0x2a, 0x86, 0x48, 0xce, 0x3d, 0x02, 0x01, 0x06, 0x08, 0x2a, 0x86, 0x48, 0xce,
    0x3d, 0x03, 0x01, 0x07,
];
const ED25519: &[u8] = &[0x30, 0x05, 0x06, 0x03, 0x2b, 0x65, 0x70];
const RSA: &[u8] =
    &[0x30, 0x0d, 0x06, 0x09, 0x2a, 0x86, 0x48, 0x86, 0xf7, 0x0d, 0x01, 0x01, 0x01, 0x05, 0x00];

impl SigningKey {
    /// Reads a PEM private key: cosign's own encrypted form with its password, PKCS#8, or an EC key as OpenSSL writes it.
    ///
    /// # Errors
    /// When it is none, is of a kind that is not supported, or the password is wrong.
    pub fn parse(pem: &Secret, password: Option<&Secret>) -> Result<Self> {
        let (label, content) = first_pem(pem.expose())
            .ok_or_else(|| Error::new("the signing key is not PEM (-----BEGIN … PRIVATE KEY-----)"))?;
        let pkcs8 = match label.as_str() {
            "ENCRYPTED SIGSTORE PRIVATE KEY" | "ENCRYPTED COSIGN PRIVATE KEY" => {
                encrypted::decrypt(&content, password)?
            }
            "PRIVATE KEY" => content,
            "EC PRIVATE KEY" => return Self::from_sec1(&content),
            other => {
                return Err(Error::new(format!("a signing key in the form `{other}` can't be read"))
                    .hint("`cosign import-key-pair --key KEY` brings it into cosign's form"));
            }
        };
        Self::from_pkcs8(&pkcs8)
    }

    fn from_pkcs8(der: &[u8]) -> Result<Self> {
        let random = SystemRandom::new();
        if let Ok(pair) = EcdsaKeyPair::from_pkcs8(&ECDSA_P256_SHA256_ASN1_SIGNING, der, &random) {
            return Ok(Self { pair: Pair::Ecdsa(pair), random });
        }
        if let Ok(pair) = Ed25519KeyPair::from_pkcs8_maybe_unchecked(der) {
            return Ok(Self { pair: Pair::Ed25519(pair), random });
        }
        match RsaKeyPair::from_pkcs8(der) {
            Ok(pair) => Ok(Self { pair: Pair::Rsa(Box::new(pair)), random }),
            // cosign expects SHA-256 with P-384, which ring does not make: such a signature could not be verified.
            Err(_) => Err(Error::new("the signing key is of a kind that is not supported").hint(
                "supported are ECDSA on P-256 (cosign's default), Ed25519, and RSA of 2048 to 4096 bits",
            )),
        }
    }

    /// An EC key on its own (RFC 5915) names its curve inside; PKCS#8 is a wrapper that names it outside.
    fn from_sec1(der: &[u8]) -> Result<Self> {
        let body = [&[0x02, 0x01, 0x00][..], P256, &der_value(0x04, der)].concat();
        Self::from_pkcs8(&der_value(0x30, &body))
    }

    /// Signs a message.
    ///
    /// # Errors
    /// When the system has no randomness.
    pub fn sign(&self, message: &[u8]) -> Result<Vec<u8>> {
        let failed = |_| Error::new("the system's random generator failed");
        match &self.pair {
            Pair::Ecdsa(pair) => Ok(pair.sign(&self.random, message).map_err(failed)?.as_ref().to_vec()),
            Pair::Ed25519(pair) => Ok(pair.sign(message).as_ref().to_vec()),
            Pair::Rsa(pair) => {
                let mut signature = vec![0; pair.public().modulus_len()];
                pair.sign(&signature::RSA_PKCS1_SHA256, &self.random, message, &mut signature)
                    .map_err(failed)?;
                Ok(signature)
            }
        }
    }

    /// Returns the public part.
    ///
    /// # Errors
    /// When the key has none that can be read, which its reading would have refused.
    pub fn public(&self) -> Result<PublicKey> {
        let (algorithm, key) = match &self.pair {
            Pair::Ecdsa(pair) => (P256, pair.public_key().as_ref()),
            Pair::Ed25519(pair) => (ED25519, pair.public_key().as_ref()),
            Pair::Rsa(pair) => (RSA, pair.public_key().as_ref()),
        };
        // A bit string begins with the number of bits that are unused in its last byte.
        let bits = der_value(0x03, &[&[0], key].concat());
        PublicKey::from_der(&der_value(0x30, &[algorithm, &bits].concat()))
    }
}
