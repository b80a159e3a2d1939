//! Pushes what refers to an image: signatures, bills of materials.

use std::collections::HashSet;

use kit::{Result, report};
use oci_registry::{Client, Descriptor, Digest, Reference};

use super::payload::{Payload, Referrer};
use super::publish;

/// Returns those of the payload's referrers that the registry has not got. Those of a manifest that was changed are left
/// out: they are about the image as it was.
///
/// # Errors
/// When the registry can't be asked.
pub(super) async fn missing<'a>(client: &Client, payload: &'a Payload) -> Result<Vec<&'a Referrer>> {
    let mut known: Vec<(&Digest, Vec<Descriptor>)> = Vec::new();
    let mut missing = Vec::new();
    for referrer in fitting(payload) {
        let digest = &referrer.payload.top.digest;
        let listed = match &referrer.tag {
            Some(tag) => stands_at(client, referrer, &Reference::Tag(tag.clone())).await?,
            None => {
                if !known.iter().any(|(subject, _)| **subject == referrer.subject) {
                    known.push((&referrer.subject, client.referrers(&referrer.subject, None).await?));
                }
                let of_subject = known.iter().filter(|(subject, _)| **subject == referrer.subject);
                of_subject.flat_map(|(_, listed)| listed).any(|entry| entry.digest == *digest)
            }
        };
        if !listed {
            missing.push(referrer);
        }
    }
    Ok(missing)
}

/// Writes referrers, whose blobs are there by now, and has the registry list them.
///
/// # Errors
/// When the registry refuses one.
pub(super) async fn write(client: &Client, referrers: &[&Referrer]) -> Result<()> {
    for Referrer { subject, tag, payload } in referrers {
        publish::write_children(client, payload).await?;
        let top = &payload.top;
        match tag {
            Some(tag) => {
                let named = Reference::Tag(tag.clone());
                client.put_manifest(&named, &top.media_type, top.raw.clone()).await?;
            }
            None => client.put_referrer(top, subject).await?,
        }
    }
    if !referrers.is_empty() {
        report::info(format_args!("referrers: {} pushed", referrers.len()));
    }
    Ok(())
}

/// Returns the referrers of what is pushed, and of these.
fn fitting(payload: &Payload) -> Vec<&Referrer> {
    let mut there: HashSet<&Digest> = payload.manifests().map(|manifest| &manifest.digest).collect();
    let mut fitting = Vec::new();
    for referrer in &payload.referrers {
        if there.contains(&referrer.subject) {
            there.extend(referrer.payload.manifests().map(|manifest| &manifest.digest));
            fitting.push(referrer);
        }
    }
    let others = payload.referrers.len() - fitting.len();
    if others > 0 {
        report::warn(format_args!(
            "{others} of what refers to the image is left out: it is about the image before it was changed"
        ));
    }
    fitting
}

/// Tells whether a tag has the referrer, or something else that must not get lost: other signatures of the same image.
async fn stands_at(client: &Client, referrer: &Referrer, tag: &Reference) -> Result<bool> {
    let Some(there) = client.head(tag).await? else { return Ok(false) };
    if there.digest != referrer.payload.top.digest {
        report::warn(format_args!("`{tag}` stands for something else in the registry, which stays"));
    }
    Ok(true)
}
