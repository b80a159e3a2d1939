//! Signing a digest with a key.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use bytes::Bytes;
use kit::http::Body;
use kit::{Context as _, Error, Result};
use oci_registry::{Client, Content, Descriptor, Digest, Reference};
use serde_json::{Value, json};

use crate::found::{self, CONFIG_TYPE, PAYLOAD_TYPE, SIGNATURE_ANNOTATION, signature_tag};
use crate::{SigningKey, payload};

const MANIFEST_TYPE: &str = "application/vnd.oci.image.manifest.v1+json";

/// What signing did.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Signed {
    /// There is a new signature.
    New,
    /// The key had signed the digest before.
    Already,
}

/// Signs `digest` in the client's repository with `key`, in the form that every cosign verifies (with
/// `--insecure-ignore-tlog`: no transparency log is written to). Signatures that stand there stay.
///
/// # Errors
/// When the registry can't be read or written.
pub async fn sign(client: &Client, digest: &Digest, key: &SigningKey) -> Result<Signed> {
    let public = key.public()?;
    let existing = found::signatures(client, digest).await?;
    if existing.signatures.iter().any(|known| public.verifies(&known.message, &known.signature)) {
        return Ok(Signed::Already);
    }
    let message = payload::simple_signing(client.repository(), digest);
    let signature = STANDARD.encode(key.sign(&message)?);
    add(client, digest, message, &signature)
        .await
        .context(|| format!("cannot write the signature of {digest}"))?;
    Ok(Signed::New)
}

/// Adds a layer with the payload, and the signature as its annotation, to what stands at the signatures' tag.
async fn add(client: &Client, digest: &Digest, message: Vec<u8>, signature: &str) -> Result<()> {
    let tag = Reference::Tag(signature_tag(digest)?);
    let mut layers = existing_layers(client, &tag).await?;
    let payload_digest = upload(client, PAYLOAD_TYPE, Bytes::from(message.clone())).await?;
    layers.push(json!({
        "mediaType": PAYLOAD_TYPE, "digest": payload_digest.as_str(), "size": message.len(),
        "annotations": {SIGNATURE_ANNOTATION: signature},
    }));
    let digests: Vec<Value> = layers.iter().map(|layer| layer["digest"].clone()).collect();
    let config = json!({
        "architecture": "", "os": "", "created": "0001-01-01T00:00:00Z", "config": {},
        "rootfs": {"type": "layers", "diff_ids": digests},
    });
    let config = Bytes::from(config.to_string());
    let config_digest = upload(client, CONFIG_TYPE, config.clone()).await?;
    let manifest = json!({
        "schemaVersion": 2, "mediaType": MANIFEST_TYPE,
        "config": {"mediaType": CONFIG_TYPE, "digest": config_digest.as_str(), "size": config.len()},
        "layers": layers,
    });
    client.put_manifest(&tag, MANIFEST_TYPE, Bytes::from(manifest.to_string())).await?;
    Ok(())
}

async fn existing_layers(client: &Client, tag: &Reference) -> Result<Vec<Value>> {
    let Some(manifest) = client.manifest(tag).await? else { return Ok(Vec::new()) };
    if matches!(manifest.content, Content::Index(_)) {
        return Err(
            Error::new("an index stands where signatures belong").hint("delete that tag and sign again")
        );
    }
    let raw: Value = serde_json::from_slice(&manifest.raw)?;
    Ok(raw["layers"].as_array().cloned().unwrap_or_default())
}

async fn upload(client: &Client, media_type: &str, content: Bytes) -> Result<Digest> {
    let digest = Digest::sha256(&content);
    let descriptor = Descriptor::new(media_type, digest.clone(), content.len() as u64);
    let body = move |range: std::ops::Range<u64>| {
        let place = |position: u64| usize::try_from(position).unwrap_or(usize::MAX).min(content.len());
        Body::from(content.slice(place(range.start)..place(range.end)))
    };
    client.upload(&descriptor, None, body).await?;
    Ok(digest)
}
