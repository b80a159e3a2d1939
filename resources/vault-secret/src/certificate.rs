//! What a PEM certificate says of itself.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kit::{Error, Result};
use time::OffsetDateTime;
use x509_cert::Certificate;
use x509_cert::der::Decode;

/// Returns the DER of each certificate in a PEM text.
///
/// # Errors
/// When one is not base64.
pub(crate) fn ders(pem: &str) -> Result<Vec<Vec<u8>>> {
    let mut ders = Vec::new();
    for part in pem.split("-----BEGIN CERTIFICATE-----").skip(1) {
        let body = part.split("-----END CERTIFICATE-----").next().unwrap_or_default();
        let base64: String = body.split_whitespace().collect();
        ders.push(STANDARD.decode(base64).map_err(|_| Error::new("a PEM block is not base64"))?);
    }
    Ok(ders)
}

/// Returns when the first certificate of a PEM text begins to be valid, and when it ends.
///
/// # Errors
/// When there is none, or it can't be read.
pub(crate) fn validity(pem: &str) -> Result<(OffsetDateTime, OffsetDateTime)> {
    let der = ders(pem)?.into_iter().next();
    let der = der.ok_or_else(|| Error::new("it has no `-----BEGIN CERTIFICATE-----`"))?;
    let certificate = Certificate::from_der(&der).map_err(|_| Error::new("it is no X.509 certificate"))?;
    let validity = certificate.tbs_certificate().validity();
    let moment = |time: x509_cert::time::Time| OffsetDateTime::UNIX_EPOCH + time.to_unix_duration();
    Ok((moment(validity.not_before), moment(validity.not_after)))
}

/// Returns when the first certificate of a PEM text ends.
///
/// # Errors
/// When there is none, or it can't be read.
pub(crate) fn end(pem: &str) -> Result<OffsetDateTime> {
    Ok(validity(pem)?.1)
}
