//! TLS settings: whom to trust, and who we are.

use std::sync::{Arc, OnceLock};

use rustls::client::WebPkiServerVerifier;
use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, RootCertStore, SignatureScheme};

use super::HttpError;
use crate::{Secret, report};

/// A client certificate with its key, both PEM.
#[derive(Clone, Debug)]
pub struct ClientCertificate {
    /// The certificate, followed by its chain if it has one.
    pub certificate: String,
    /// The private key.
    pub key: Secret,
}

/// Makes rustls's settings. The system's certificates are read only when a server first shows one of its own:
/// they are a good part of the start-up time of a process that lives for milliseconds.
pub(super) fn config(
    ca_certs: &[String],
    insecure: bool,
    client: Option<&ClientCertificate>,
) -> Result<ClientConfig, HttpError> {
    let provider = Arc::new(ring::default_provider());
    let extra =
        ca_certs.iter().map(|pem| certificates(pem, "ca_certs")).collect::<Result<Vec<_>, _>>()?.concat();
    let verifier: Arc<dyn ServerCertVerifier> = if insecure {
        Arc::new(NoVerification(Arc::clone(&provider)))
    } else {
        Arc::new(LazyVerifier { provider: Arc::clone(&provider), extra, inner: OnceLock::new() })
    };
    let setup = |problem: rustls::Error| HttpError::Setup(problem.to_string());
    let builder = ClientConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .map_err(setup)?
        .dangerous()
        .with_custom_certificate_verifier(verifier);
    let mut config = match client {
        None => builder.with_no_client_auth(),
        Some(client) => {
            let chain = certificates(&client.certificate, "the client certificate")?;
            let key = PrivateKeyDer::from_pem_slice(client.key.expose().as_bytes()).map_err(|_| {
                HttpError::Setup("the client certificate's key is not a PEM private key".into())
            })?;
            builder.with_client_auth_cert(chain, key).map_err(setup)?
        }
    };
    // The client library leaves this to whoever makes the settings; without it, HTTP/2 is never offered.
    config.alpn_protocols = vec![b"h2".to_vec(), b"http/1.1".to_vec()];
    Ok(config)
}

fn certificates(pem: &str, what: &str) -> Result<Vec<CertificateDer<'static>>, HttpError> {
    let read: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(pem.as_bytes()).collect();
    match read {
        Ok(found) if !found.is_empty() => Ok(found),
        Ok(_) => {
            Err(HttpError::Setup(format!("{what} has no PEM certificate (-----BEGIN CERTIFICATE-----)")))
        }
        Err(problem) => Err(HttpError::Setup(format!("{what} is not PEM: {problem}"))),
    }
}

#[derive(Debug)]
struct LazyVerifier {
    provider: Arc<CryptoProvider>,
    extra: Vec<CertificateDer<'static>>,
    inner: OnceLock<Result<Arc<WebPkiServerVerifier>, String>>,
}

impl LazyVerifier {
    fn inner(&self) -> Result<&WebPkiServerVerifier, rustls::Error> {
        let built = self.inner.get_or_init(|| {
            WebPkiServerVerifier::builder_with_provider(Arc::new(self.roots()), Arc::clone(&self.provider))
                .build()
                .map_err(|problem| problem.to_string())
        });
        built.as_deref().map_err(|problem| rustls::Error::General(problem.clone()))
    }

    /// The system's certificates (a worker's `--certs-dir` is mounted over them), else those that are built in; and
    /// in any case the user's own.
    fn roots(&self) -> RootCertStore {
        let mut roots = RootCertStore::empty();
        let (added, _) = roots.add_parsable_certificates(rustls_native_certs::load_native_certs().certs);
        if added == 0 {
            report::debug("the system has no CA certificates: those that are built in are used");
            roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned());
        }
        let (_, refused) = roots.add_parsable_certificates(self.extra.iter().cloned());
        if refused > 0 {
            report::warn(format_args!("{refused} of the certificates in `ca_certs` can't be used as CA"));
        }
        roots
    }
}

impl ServerCertVerifier for LazyVerifier {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        self.inner()?.verify_server_cert(end_entity, intermediates, server_name, ocsp_response, now)
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(
            message,
            cert,
            dss,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(
            message,
            cert,
            dss,
            &self.provider.signature_verification_algorithms,
        )
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider.signature_verification_algorithms.supported_schemes()
    }
}

/// Accepts every certificate: what `insecure: true` asks for.
#[derive(Debug)]
struct NoVerification(Arc<CryptoProvider>);

impl ServerCertVerifier for NoVerification {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, rustls::Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls12_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, rustls::Error> {
        rustls::crypto::verify_tls13_signature(message, cert, dss, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
