//! The proof inside a certificate that a certificate log has seen it: a signed certificate timestamp (RFC 6962).

use kit::{Error, Result};
use ring::digest::{SHA256, digest};
use rustls::pki_types::CertificateDer;
use x509_cert::Certificate;
use x509_cert::der::asn1::OctetStringRef;
use x509_cert::der::{Decode as _, Encode as _};

use super::certificate::SigningCertificate;
use super::trusted_root::Log;

/// The extension that holds the timestamps, and is left out of what the log signs.
const TIMESTAMPS: &str = "1.3.6.1.4.1.11129.2.4.2";

/// Checks that one of the certificate's timestamps is of one of `logs`.
pub(super) fn verify(
    certificate: &SigningCertificate,
    issuer: &CertificateDer<'_>,
    logs: &[Log],
) -> Result<()> {
    let malformed = || Error::new("its certificate's timestamp is malformed");
    let list = certificate.extension(TIMESTAMPS).ok_or_else(|| {
        Error::new("its certificate was not logged, and the trusted root names certificate logs")
    })?;
    let list = <&OctetStringRef>::from_der(list).map_err(|_| malformed())?;
    let entry = precertificate(certificate, issuer).ok_or_else(malformed)?;
    let timestamps = timestamps(list.as_bytes()).ok_or_else(malformed)?;
    let proven = timestamps.iter().any(|timestamp| {
        logs.iter().any(|log| {
            log.id == timestamp.log && log.key.verifies(&timestamp.signed(&entry), timestamp.signature)
        })
    });
    if proven {
        Ok(())
    } else {
        Err(Error::new("no certificate log of the trusted root has seen its certificate"))
    }
}

/// One timestamp, its parts borrowed from the list.
struct Timestamp<'a> {
    log: &'a [u8],
    time: &'a [u8],
    extensions: &'a [u8],
    signature: &'a [u8],
}

impl Timestamp<'_> {
    /// What the log signed (RFC 6962, section 3.2): version, kind, time, "pre-certificate", the entry, the extensions.
    fn signed(&self, entry: &[u8]) -> Vec<u8> {
        let length = u16::try_from(self.extensions.len()).unwrap_or_default().to_be_bytes();
        [&[0, 0][..], self.time, &[0, 1], entry, &length, self.extensions].concat()
    }
}

/// Reads a SignedCertificateTimestampList: each length stands before what it measures.
fn timestamps(list: &[u8]) -> Option<Vec<Timestamp<'_>>> {
    let (mut rest, _) = prefixed(list)?;
    let mut found = Vec::new();
    while !rest.is_empty() {
        let (one, after) = prefixed(rest)?;
        rest = after;
        let (version, one) = one.split_first()?;
        if *version != 0 {
            continue;
        }
        let (log, one) = one.split_at_checked(32)?;
        let (time, one) = one.split_at_checked(8)?;
        let (extensions, one) = prefixed(one)?;
        // Two bytes name hash and algorithm, which follow from the log's key.
        let (signature, _) = prefixed(one.get(2..)?)?;
        found.push(Timestamp { log, time, extensions, signature });
    }
    Some(found)
}

fn prefixed(bytes: &[u8]) -> Option<(&[u8], &[u8])> {
    let (length, rest) = bytes.split_at_checked(2)?;
    rest.split_at_checked(usize::from(u16::from_be_bytes(length.try_into().ok()?)))
}

/// Returns the entry: the digest of the issuer's key, and the certificate's body without the timestamps.
fn precertificate(certificate: &SigningCertificate, issuer: &CertificateDer<'_>) -> Option<Vec<u8>> {
    let issuer = Certificate::from_der(issuer).ok()?;
    let key = issuer.tbs_certificate().subject_public_key_info().to_der().ok()?;
    let body = without_timestamps(certificate.parsed())?;
    let length = u32::try_from(body.len()).ok()?.to_be_bytes();
    Some([digest(&SHA256, &key).as_ref(), &length[1..], &body].concat())
}

/// Writes the certificate's body anew, part by part, since it can't be changed in place.
fn without_timestamps(certificate: &Certificate) -> Option<Vec<u8>> {
    let body = certificate.tbs_certificate();
    let extensions: Vec<_> = body
        .extensions()?
        .iter()
        .filter(|extension| extension.extn_id.to_string() != TIMESTAMPS)
        .cloned()
        .collect();
    let parts = [
        // [0] EXPLICIT version 3
        vec![0xa0, 0x03, 0x02, 0x01, 0x02],
        body.serial_number().to_der().ok()?,
        body.signature().to_der().ok()?,
        body.issuer().to_der().ok()?,
        body.validity().to_der().ok()?,
        body.subject().to_der().ok()?,
        body.subject_public_key_info().to_der().ok()?,
        crate::key::der_value(0xa3, &extensions.to_der().ok()?),
    ];
    Some(crate::key::der_value(0x30, &parts.concat()))
}
