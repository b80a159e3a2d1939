//! Whom to trust: Sigstore's `trusted_root.json`.
//! <https://github.com/sigstore/protobuf-specs/blob/main/protos/sigstore_trustroot.proto>

use std::time::Duration;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kit::{Error, Result};
use rustls::pki_types::{CertificateDer, UnixTime};
use serde::Deserialize;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;
use webpki::{EndEntityCert, KeyUsage, anchor_from_trusted_cert};

use super::certificate::SigningCertificate;
use super::sct;
use crate::PublicKey;
use crate::found::LogEntry;

/// The certificate authorities and logs that a signature without a key may rest on.
#[derive(Debug)]
pub struct TrustedRoot {
    authorities: Vec<Authority>,
    logs: Vec<Log>,
    certificate_logs: Vec<Log>,
}

#[derive(Debug)]
struct Authority {
    /// The issuing certificate first, the root last.
    chain: Vec<CertificateDer<'static>>,
    valid: Validity,
}

/// A log's key, and the SHA-256 digest of it, by which others name the log.
#[derive(Debug)]
pub(super) struct Log {
    pub(super) id: Vec<u8>,
    pub(super) key: PublicKey,
    valid: Validity,
}

/// Seconds since 1970.
#[derive(Clone, Copy, Debug)]
struct Validity {
    start: i64,
    end: i64,
}

/// id-kp-codeSigning (RFC 5280, section 4.2.1.12), without tag and length.
const CODE_SIGNING: &[u8] = &[0x2b, 0x06, 0x01, 0x05, 0x05, 0x07, 0x03, 0x03];

mod json {
    use serde::Deserialize;

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Root {
        #[serde(default)]
        pub(super) tlogs: Vec<Log>,
        #[serde(default)]
        pub(super) ctlogs: Vec<Log>,
        #[serde(default)]
        pub(super) certificate_authorities: Vec<Authority>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Log {
        pub(super) public_key: Key,
        #[serde(default)]
        pub(super) log_id: Option<LogId>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct LogId {
        pub(super) key_id: String,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Key {
        pub(super) raw_bytes: String,
        #[serde(default)]
        pub(super) valid_for: super::ValidFor,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct Authority {
        pub(super) cert_chain: Chain,
        #[serde(default)]
        pub(super) valid_for: super::ValidFor,
    }

    #[derive(Deserialize)]
    pub(super) struct Chain {
        pub(super) certificates: Vec<RawBytes>,
    }

    #[derive(Deserialize)]
    #[serde(rename_all = "camelCase")]
    pub(super) struct RawBytes {
        pub(super) raw_bytes: String,
    }
}

#[derive(Default, Deserialize)]
struct ValidFor {
    start: Option<String>,
    end: Option<String>,
}

impl TrustedRoot {
    /// Reads `trusted_root.json`.
    ///
    /// # Errors
    /// When it is malformed, or names no authority or no log.
    pub fn parse(text: &str) -> Result<Self> {
        let root: json::Root = serde_json::from_str(text).map_err(|problem| {
            Error::new(format!(
                "the trusted root is malformed (line {}, column {})",
                problem.line(),
                problem.column()
            ))
            .hint("`cosign trusted-root create` makes one; Sigstore's public one comes by its TUF repository")
        })?;
        let authorities =
            root.certificate_authorities.iter().map(Authority::read).collect::<Result<Vec<_>>>()?;
        // A root may name logs of later kinds; those that can't be read are of no use, but do no harm.
        let logs: Vec<Log> = root.tlogs.iter().filter_map(Log::read).collect();
        let certificate_logs = root.ctlogs.iter().filter_map(Log::read).collect();
        if authorities.is_empty() || logs.is_empty() {
            return Err(Error::new("the trusted root names no certificate authority or no transparency log"));
        }
        Ok(Self { authorities, logs, certificate_logs })
    }

    /// Checks that a trusted log has promised the entry, when it was to be trusted.
    pub(super) fn verify_promise(&self, entry: &LogEntry) -> Result<()> {
        let hex = |bytes: &[u8]| bytes.iter().map(|byte| format!("{byte:02x}")).collect::<String>();
        let log = self.logs.iter().find(|log| hex(&log.id) == entry.log_id);
        let log = log.ok_or_else(|| Error::new(format!("the log {} is not trusted", entry.log_id)))?;
        if !log.valid.contains(entry.integrated_time) {
            return Err(Error::new("the log was not to be trusted when it took the entry"));
        }
        if log.key.verifies(&entry.promised(), &entry.promise) {
            Ok(())
        } else {
            Err(Error::new("the log's promise is forged"))
        }
    }

    /// Checks that a trusted authority issued the certificate, for signing, and that it was valid at `time`; and where
    /// certificate logs are named, that one of them has seen it.
    pub(super) fn verify_certificate(
        &self,
        certificate: &SigningCertificate,
        chain: &[Vec<u8>],
        time: i64,
    ) -> Result<()> {
        let mut reason = "no authority in the trusted root was valid then".to_owned();
        for authority in self.authorities.iter().filter(|authority| authority.valid.contains(time)) {
            match authority.verify(certificate, chain, time) {
                Ok(()) => return self.verify_logged(certificate, authority),
                Err(problem) => reason = problem,
            }
        }
        Err(Error::new(format!("its certificate is not trusted: {reason}")))
    }

    fn verify_logged(&self, certificate: &SigningCertificate, authority: &Authority) -> Result<()> {
        if self.certificate_logs.is_empty() {
            return Ok(());
        }
        let issuer = authority.chain.first().ok_or_else(|| Error::new("the authority has no certificate"))?;
        sct::verify(certificate, issuer, &self.certificate_logs)
    }
}

impl Authority {
    fn read(authority: &json::Authority) -> Result<Self> {
        let decode =
            |certificate: &json::RawBytes| STANDARD.decode(&certificate.raw_bytes).map(CertificateDer::from);
        let chain: Result<Vec<_>, _> = authority.cert_chain.certificates.iter().map(decode).collect();
        let chain = chain.map_err(|_| Error::new("a certificate in the trusted root is not base64"))?;
        Ok(Self { chain, valid: Validity::read(&authority.valid_for)? })
    }

    fn verify(&self, certificate: &SigningCertificate, chain: &[Vec<u8>], time: i64) -> Result<(), String> {
        let text = |problem: webpki::Error| problem.to_string();
        let root = self.chain.last().ok_or("the authority has no certificate")?;
        let anchors = [anchor_from_trusted_cert(root).map_err(text)?];
        let given = chain.iter().map(|der| CertificateDer::from(der.as_slice()));
        let intermediates: Vec<CertificateDer<'_>> = self.chain.iter().cloned().chain(given).collect();
        let der = CertificateDer::from(certificate.der());
        let leaf = EndEntityCert::try_from(&der).map_err(text)?;
        let time = UnixTime::since_unix_epoch(Duration::from_secs(u64::try_from(time).unwrap_or_default()));
        let usage = KeyUsage::required(CODE_SIGNING);
        leaf.verify_for_usage(
            webpki::ALL_VERIFICATION_ALGS,
            &anchors,
            &intermediates,
            time,
            usage,
            None,
            None,
        )
        .map(|_| ())
        .map_err(text)
    }
}

impl Log {
    fn read(log: &json::Log) -> Option<Self> {
        let der = STANDARD.decode(&log.public_key.raw_bytes).ok()?;
        let key = PublicKey::from_der(&der).ok()?;
        let named = log.log_id.as_ref().and_then(|id| STANDARD.decode(&id.key_id).ok());
        let id =
            named.unwrap_or_else(|| ring::digest::digest(&ring::digest::SHA256, key.der()).as_ref().to_vec());
        Some(Self { id, key, valid: Validity::read(&log.public_key.valid_for).ok()? })
    }
}

impl Validity {
    fn read(text: &ValidFor) -> Result<Self> {
        let seconds = |text: &Option<String>, open: i64| match text {
            None => Ok(open),
            Some(text) => OffsetDateTime::parse(text, &Rfc3339)
                .map(OffsetDateTime::unix_timestamp)
                .map_err(|_| Error::new(format!("`{text}` in the trusted root is no time"))),
        };
        Ok(Self { start: seconds(&text.start, i64::MIN)?, end: seconds(&text.end, i64::MAX)? })
    }

    fn contains(self, time: i64) -> bool {
        (self.start..=self.end).contains(&time)
    }
}
