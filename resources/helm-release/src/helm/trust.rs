//! Whom Helm trusts where the machine says nothing: an image from scratch has no CA certificates.

use std::path::Path;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// Where Go looks for them, which is where a worker's `--certs-dir` is mounted: `crypto/x509/root_linux.go`.
const FILES: [&str; 6] = [
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
];
const FOLDERS: [&str; 2] = ["/etc/ssl/certs", "/etc/pki/tls/certs"];

/// Returns Mozilla's certificates as PEM, unless the system has some or a variable names others.
pub(super) fn bundle(variables: &[(String, String)]) -> Option<String> {
    let named = variables.iter().any(|(name, _)| name.starts_with("SSL_CERT_"));
    if named || FILES.iter().any(|file| Path::new(file).is_file()) || FOLDERS.iter().any(has_entries) {
        return None;
    }
    let certificates = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter();
    Some(certificates.map(|certificate| pem(certificate)).collect())
}

fn has_entries(folder: &&str) -> bool {
    std::fs::read_dir(folder).is_ok_and(|mut entries| entries.next().is_some())
}

/// RFC 7468: lines of 64 characters.
fn pem(certificate: &[u8]) -> String {
    let encoded = STANDARD.encode(certificate);
    let mut text = String::from("-----BEGIN CERTIFICATE-----\n");
    for line in encoded.as_bytes().chunks(64) {
        text.push_str(&String::from_utf8_lossy(line));
        text.push('\n');
    }
    text + "-----END CERTIFICATE-----\n"
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn certificates_that_are_named_are_enough() {
        assert_eq!(bundle(&[("SSL_CERT_FILE".into(), "/certs.pem".into())]), None);
    }

    #[test]
    fn the_built_in_ones_can_be_read() {
        let all: String = webpki_root_certs::TLS_SERVER_ROOT_CERTS.iter().map(|each| pem(each)).collect();
        let mut roots = rustls::RootCertStore::empty();
        let read: Vec<_> = rustls::pki_types::pem::PemObject::pem_slice_iter(all.as_bytes())
            .collect::<Result<Vec<rustls::pki_types::CertificateDer<'_>>, _>>()
            .unwrap();
        let (added, refused) = roots.add_parsable_certificates(read);
        assert!(added > 100 && refused == 0, "{added} {refused}");
    }
}
