//! Signatures at the tag `sha256-….sig`: an image whose layers are payloads, with the signature as annotation.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kit::{Context as _, Error, Result};
use oci_registry::{Client, Content, Descriptor, Digest, Reference, Tag};

use super::{Found, LARGEST, LogEntry, MOST_SIGNATURES, Signature};
use crate::key::first_pem;
use crate::payload;

/// The media type of a signature's payload.
pub(crate) const PAYLOAD_TYPE: &str = "application/vnd.dev.cosign.simplesigning.v1+json";
/// The media type of the config that stands beside payloads.
pub(crate) const CONFIG_TYPE: &str = "application/vnd.oci.image.config.v1+json";
/// The annotation with the signature, base64.
pub(crate) const SIGNATURE_ANNOTATION: &str = "dev.cosignproject.cosign/signature";
const CERTIFICATE_ANNOTATION: &str = "dev.sigstore.cosign/certificate";
const CHAIN_ANNOTATION: &str = "dev.sigstore.cosign/chain";
const LOG_ANNOTATION: &str = "dev.sigstore.cosign/bundle";

/// Returns the tag at which the signatures of a digest stand.
pub(crate) fn signature_tag(digest: &Digest) -> Result<Tag> {
    Ok(format!("{}-{}.sig", digest.algorithm(), digest.hex()).parse()?)
}

pub(super) async fn collect(client: &Client, digest: &Digest, found: &mut Found) -> Result<()> {
    let tag = Reference::Tag(signature_tag(digest)?);
    let manifest = client.manifest(&tag).await.context(|| "cannot read the signatures".into())?;
    let Some(Content::Image(image) | Content::Artifact(image)) = manifest.map(|manifest| manifest.content)
    else {
        return Ok(());
    };
    let layers = image.layers.iter().filter(|layer| layer.media_type == PAYLOAD_TYPE);
    for layer in layers.take(MOST_SIGNATURES) {
        let message = client.blob_bytes(layer, LARGEST).await.context(|| "cannot read a signature".into())?;
        found.add(read(layer, message.to_vec(), digest));
    }
    Ok(())
}

fn read(layer: &Descriptor, message: Vec<u8>, digest: &Digest) -> Result<Signature> {
    payload::expect_simple_signing(&message, digest)?;
    let annotation = |name: &str| layer.annotations.get(name).filter(|text| !text.is_empty());
    let signature = annotation(SIGNATURE_ANNOTATION).and_then(|text| STANDARD.decode(text).ok());
    let signature = signature.ok_or_else(|| Error::new("a payload has no signature beside it"))?;
    let texts = [annotation(CERTIFICATE_ANNOTATION), annotation(CHAIN_ANNOTATION)];
    Ok(Signature {
        logged_digest: Digest::sha256(&message).hex().to_owned(),
        message,
        signature,
        certificates: texts.into_iter().flatten().flat_map(|text| all_pem(text)).collect(),
        log: annotation(LOG_ANNOTATION).map(|text| LogEntry::from_annotation(text)).transpose()?,
    })
}

fn all_pem(text: &str) -> Vec<Vec<u8>> {
    const END: &str = "-----END CERTIFICATE-----";
    text.split_inclusive(END).filter_map(|block| first_pem(block).map(|(_, der)| der)).collect()
}
