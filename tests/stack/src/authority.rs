//! A private certificate authority.

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa, KeyPair,
    KeyUsagePurpose,
};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer};

use crate::address::address;

/// A certificate authority that no machine trusts until it is told to.
#[derive(Debug)]
pub struct Authority {
    issuer: CertifiedIssuer<'static, KeyPair>,
}

/// A certificate and its private key, both PEM.
#[derive(Clone, Debug)]
pub struct Identity {
    /// The certificate, without its issuer.
    pub certificate_pem: String,
    /// The private key, PKCS #8.
    pub key_pem: String,
}

impl Authority {
    /// Makes a new authority with a key of its own.
    pub fn new() -> Self {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::CommonName, "quayside test authority");
        params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
        params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
        let issuer = CertifiedIssuer::self_signed(params, new_key()).expect("a valid authority");
        Self { issuer }
    }

    /// Returns the authority's own certificate.
    pub fn ca_pem(&self) -> String {
        self.issuer.pem()
    }

    /// Issues a certificate for a server on `127.0.0.1`, `::1`, `localhost` or where the servers listen.
    pub fn server(&self) -> Identity {
        let mut names = ["localhost", "127.0.0.1", "::1"].map(String::from).to_vec();
        if !address().is_loopback() {
            names.push(address().to_string());
        }
        let params = CertificateParams::new(names).expect("valid names");
        self.issue(params, ExtendedKeyUsagePurpose::ServerAuth, "quayside test server")
    }

    /// Issues a client certificate for `name`.
    pub fn client(&self, name: &str) -> Identity {
        self.issue(CertificateParams::default(), ExtendedKeyUsagePurpose::ClientAuth, name)
    }

    /// Issues a client certificate for `name` as a member of `organization`, which Kubernetes takes for a group.
    pub fn member(&self, name: &str, organization: &str) -> Identity {
        let mut params = CertificateParams::default();
        params.distinguished_name.push(DnType::OrganizationName, organization);
        self.issue(params, ExtendedKeyUsagePurpose::ClientAuth, name)
    }

    fn issue(&self, mut params: CertificateParams, usage: ExtendedKeyUsagePurpose, name: &str) -> Identity {
        params.distinguished_name.push(DnType::CommonName, name);
        params.key_usages = vec![KeyUsagePurpose::DigitalSignature];
        params.extended_key_usages = vec![usage];
        params.use_authority_key_identifier_extension = true;
        let key = new_key();
        let certificate = params.signed_by(&key, &self.issuer).expect("a valid certificate");
        Identity { certificate_pem: certificate.pem(), key_pem: key.serialize_pem() }
    }
}

impl Identity {
    /// Returns certificate and key as rustls takes them.
    pub(crate) fn der(&self) -> (CertificateDer<'static>, PrivateKeyDer<'static>) {
        let certificate =
            CertificateDer::from_pem_slice(self.certificate_pem.as_bytes()).expect("a PEM certificate");
        let key = PrivateKeyDer::from_pem_slice(self.key_pem.as_bytes()).expect("a PEM key");
        (certificate, key)
    }
}

impl Default for Authority {
    fn default() -> Self {
        Self::new()
    }
}

/// Makes a new ECDSA key.
pub(crate) fn new_key() -> KeyPair {
    KeyPair::generate().expect("a new ECDSA key")
}
