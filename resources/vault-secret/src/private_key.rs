//! Private keys in the one format that keystores take.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kit::{Error, Result};
use pkcs8::der::asn1::{AnyRef, Null, OctetStringRef};
use pkcs8::der::{Decode, Encode};
use pkcs8::{AlgorithmIdentifierRef, ObjectIdentifier, PrivateKeyInfoRef};
use sec1::{EcParameters, EcPrivateKey};

/// RFC 8017, appendix C.
const RSA: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.113549.1.1.1");
/// RFC 5480, section 2.1.1.
const ELLIPTIC_CURVE: ObjectIdentifier = ObjectIdentifier::new_unwrap("1.2.840.10045.2.1");

/// Returns a PEM private key as PKCS #8 in DER. PKI hands keys out in the older format of each algorithm unless it is
/// asked for `private_key_format: pkcs8`.
///
/// # Errors
/// When it is no private key of a kind that PKI makes.
pub(crate) fn pkcs8(pem: &str) -> Result<Vec<u8>> {
    let (label, der) = unarmoured(pem)?;
    let unreadable = || Error::new(format!("the `{label}` can't be read"));
    match label.as_str() {
        "PRIVATE KEY" => Ok(der),
        "RSA PRIVATE KEY" => wrapped(RSA, AnyRef::from(Null), &der).ok_or_else(unreadable),
        "EC PRIVATE KEY" => {
            let key = EcPrivateKey::from_der(&der).map_err(|_| unreadable())?;
            let Some(EcParameters::NamedCurve(curve)) = key.parameters else { return Err(unreadable()) };
            wrapped(ELLIPTIC_CURVE, AnyRef::from(&curve), &der).ok_or_else(unreadable)
        }
        _ => Err(Error::new(format!("`{label}` is no kind of private key that is known here"))
            .hint("ask PKI for `private_key_format: pkcs8` in `params`")),
    }
}

fn unarmoured(pem: &str) -> Result<(String, Vec<u8>)> {
    let armoured = || Error::new("it is no PEM private key (-----BEGIN …-----)");
    let (_, rest) = pem.split_once("-----BEGIN ").ok_or_else(armoured)?;
    let (label, rest) = rest.split_once("-----").ok_or_else(armoured)?;
    let (body, _) = rest.split_once("-----END ").ok_or_else(armoured)?;
    let base64: String = body.split_whitespace().collect();
    let der = STANDARD.decode(base64).map_err(|_| armoured())?;
    Ok((label.to_owned(), der))
}

fn wrapped(algorithm: ObjectIdentifier, parameters: AnyRef<'_>, key: &[u8]) -> Option<Vec<u8>> {
    let algorithm = AlgorithmIdentifierRef { oid: algorithm, parameters: Some(parameters) };
    let key = OctetStringRef::new(key).ok()?;
    PrivateKeyInfoRef::new(algorithm, key).to_der().ok()
}
