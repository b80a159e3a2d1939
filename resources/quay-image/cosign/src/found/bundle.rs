//! Sigstore bundles that refer to a digest.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kit::{Context as _, Error, Result};
use oci_registry::{Client, Content, Digest, Reference};
use serde_json::Value;

use super::{Found, LARGEST, LogEntry, MOST_SIGNATURES, Signature};
use crate::payload;

/// What the media types of bundles begin with; versions 0.1 to 0.3 are alike in what is read here.
const BUNDLE_TYPE: &str = "application/vnd.dev.sigstore.bundle";
const STATEMENT_TYPE: &str = "application/vnd.in-toto+json";

pub(super) async fn collect(client: &Client, digest: &Digest, found: &mut Found) -> Result<()> {
    let referrers = client.referrers(digest, None).await.context(|| "cannot list the signatures".into())?;
    let is_bundle = |kind: &Option<String>| kind.as_deref().is_some_and(|kind| kind.starts_with(BUNDLE_TYPE));
    let bundles = referrers.into_iter().filter(|referrer| is_bundle(&referrer.artifact_type));
    for referrer in bundles.take(MOST_SIGNATURES) {
        let manifest = client.manifest(&Reference::Digest(referrer.digest)).await?;
        let Some(Content::Image(image) | Content::Artifact(image)) =
            manifest.map(|manifest| manifest.content)
        else {
            continue;
        };
        for layer in image.layers.iter().filter(|layer| layer.media_type.starts_with(BUNDLE_TYPE)) {
            let bundle =
                client.blob_bytes(layer, LARGEST).await.context(|| "cannot read a signature".into())?;
            if let Some(outcome) = read(&bundle, digest).transpose() {
                found.add(outcome);
            }
        }
    }
    Ok(())
}

/// Reads a bundle. `None` for one that attests something else of the digest: a bill of materials, a scan.
fn read(bundle: &[u8], digest: &Digest) -> Result<Option<Signature>> {
    let malformed = || Error::new("a bundle is malformed");
    let bundle: Value = serde_json::from_slice(bundle).map_err(|_| malformed())?;
    let text = |pointer: &str| bundle.pointer(pointer).and_then(Value::as_str);
    let bytes = |pointer: &str| text(pointer).and_then(|text| STANDARD.decode(text).ok());
    let kind = text("/dsseEnvelope/payloadType").ok_or_else(malformed)?;
    let statement = bytes("/dsseEnvelope/payload").ok_or_else(malformed)?;
    if kind != STATEMENT_TYPE || !is_signature(&statement) {
        return Ok(None);
    }
    payload::expect_statement(&statement, digest)?;
    let single = bytes("/verificationMaterial/certificate/rawBytes");
    let chain =
        bundle.pointer("/verificationMaterial/x509CertificateChain/certificates").and_then(Value::as_array);
    let chain = chain
        .into_iter()
        .flatten()
        .filter_map(|entry| STANDARD.decode(entry.get("rawBytes")?.as_str()?).ok());
    let entries = bundle.pointer("/verificationMaterial/tlogEntries").and_then(Value::as_array);
    Ok(Some(Signature {
        message: payload::pre_authentication_encoding(kind, &statement),
        signature: bytes("/dsseEnvelope/signatures/0/sig").ok_or_else(malformed)?,
        logged_digest: Digest::sha256(&statement).hex().to_owned(),
        certificates: single.into_iter().chain(chain).collect(),
        log: entries.into_iter().flatten().find_map(LogEntry::from_bundle),
    }))
}

/// cosign states with this predicate that it signed an image; other predicates are attestations.
fn is_signature(statement: &[u8]) -> bool {
    const SIGN: &str = "https://sigstore.dev/cosign/sign/v1";
    let statement: Value = serde_json::from_slice(statement).unwrap_or_default();
    statement.get("predicateType").and_then(Value::as_str) == Some(SIGN)
}
