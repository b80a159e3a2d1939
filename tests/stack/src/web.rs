//! The HTTP client of the stack itself.

use std::sync::Arc;

use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};

/// Makes a client that trusts the given authority alone, follows no redirect and uses no proxy.
pub(crate) fn client(ca_pem: Option<&str>) -> reqwest::Client {
    let mut roots = RootCertStore::empty();
    if let Some(pem) = ca_pem {
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).expect("a PEM certificate");
        roots.add(certificate).expect("a certificate that can be an authority's");
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let mut tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring knows TLS 1.2 and 1.3")
        .with_root_certificates(roots)
        .with_no_client_auth();
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .expect("an HTTP client")
}
