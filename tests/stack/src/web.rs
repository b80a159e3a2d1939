//! The HTTP client of the stack itself.

use std::sync::Arc;

use http::header::CONTENT_TYPE;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject;
use rustls::{ClientConfig, RootCertStore};
use serde_json::Value;

use crate::authority::Identity;
use crate::runtime::wait_for;

/// Makes a client that trusts the given authority alone, follows no redirect and uses no proxy.
pub(crate) fn client(ca_pem: Option<&str>) -> reqwest::Client {
    client_as(ca_pem, None)
}

/// Makes such a client that shows a certificate of its own.
pub(crate) fn client_as(ca_pem: Option<&str>, identity: Option<&Identity>) -> reqwest::Client {
    let mut roots = RootCertStore::empty();
    if let Some(pem) = ca_pem {
        let certificate = CertificateDer::from_pem_slice(pem.as_bytes()).expect("a PEM certificate");
        roots.add(certificate).expect("a certificate that can be an authority's");
    }
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let tls = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("ring knows TLS 1.2 and 1.3")
        .with_root_certificates(roots);
    let mut tls = match identity {
        None => tls.with_no_client_auth(),
        Some(identity) => {
            let (certificate, key) = identity.der();
            tls.with_client_auth_cert(vec![certificate], key).expect("a certificate that fits its key")
        }
    };
    tls.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    reqwest::Client::builder()
        .tls_backend_preconfigured(tls)
        .redirect(reqwest::redirect::Policy::none())
        .no_proxy()
        .build()
        .expect("an HTTP client")
}

/// Sends a request and returns the answer's status and JSON; `null` where there is none.
pub(crate) fn ask(request: reqwest::RequestBuilder, body: Option<&Value>) -> reqwest::Result<(u16, Value)> {
    let request = match body {
        Some(body) => request.header(CONTENT_TYPE, "application/json").body(body.to_string()),
        None => request,
    };
    wait_for(async move {
        let response = request.send().await?;
        let status = response.status().as_u16();
        let body = response.bytes().await?;
        Ok((status, serde_json::from_slice(&body).unwrap_or_default()))
    })
}
