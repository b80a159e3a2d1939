//! The certificate of a signer without a key.

use kit::{Error, Result};
use x509_cert::Certificate;
use x509_cert::der::Decode as _;
use x509_cert::der::asn1::Utf8StringRef;
use x509_cert::ext::pkix::SubjectAltName;
use x509_cert::ext::pkix::name::GeneralName;

/// A certificate that Fulcio issued.
#[derive(Debug)]
pub(super) struct SigningCertificate {
    der: Vec<u8>,
    parsed: Certificate,
}

/// Fulcio's extensions with the OIDC issuer: the first holds bare text, the second a DER string.
/// <https://github.com/sigstore/fulcio/blob/main/docs/oid-info.md>
const ISSUER_V1: &str = "1.3.6.1.4.1.57264.1.1";
const ISSUER_V2: &str = "1.3.6.1.4.1.57264.1.8";

impl SigningCertificate {
    pub(super) fn parse(der: &[u8]) -> Result<Self> {
        let parsed = Certificate::from_der(der).map_err(|_| Error::new("its certificate is malformed"))?;
        Ok(Self { der: der.to_vec(), parsed })
    }

    pub(super) fn der(&self) -> &[u8] {
        &self.der
    }

    pub(super) fn parsed(&self) -> &Certificate {
        &self.parsed
    }

    /// Returns the OIDC issuer that vouched for the identity.
    pub(super) fn issuer(&self) -> Result<String> {
        let newer = self
            .extension(ISSUER_V2)
            .and_then(|value| Utf8StringRef::from_der(value).ok().map(|text| text.as_str().to_owned()));
        let older = || std::str::from_utf8(self.extension(ISSUER_V1)?).ok().map(str::to_owned);
        newer.or_else(older).ok_or_else(|| Error::new("its certificate does not say who vouched for it"))
    }

    /// Returns the email addresses and URIs that it was issued to.
    pub(super) fn identities(&self) -> Result<Vec<String>> {
        let malformed = || Error::new("its certificate names nobody");
        let names =
            self.parsed.tbs_certificate().get_extension::<SubjectAltName>().map_err(|_| malformed())?;
        let (_, SubjectAltName(names)) = names.ok_or_else(malformed)?;
        let text = |name: &GeneralName| match name {
            GeneralName::Rfc822Name(email) => Some(email.as_str().to_owned()),
            GeneralName::UniformResourceIdentifier(uri) => Some(uri.as_str().to_owned()),
            GeneralName::DnsName(host) => Some(host.as_str().to_owned()),
            _ => None,
        };
        let found: Vec<String> = names.iter().filter_map(text).collect();
        if found.is_empty() { Err(malformed()) } else { Ok(found) }
    }

    /// Returns the value of the extension with this object identifier.
    pub(super) fn extension(&self, oid: &str) -> Option<&[u8]> {
        let extensions = self.parsed.tbs_certificate().extensions()?;
        let found = extensions.iter().find(|extension| extension.extn_id.to_string() == oid)?;
        Some(found.extn_value.as_bytes())
    }
}
