//! Makes one index of images for several platforms.

use std::collections::BTreeSet;

use kit::{Error, Result};
use oci_registry::{Content, Descriptor, Digest, Manifest, Platform, media_type};
use serde_json::{Value, json};

use super::payload::{Payload, manifest};

/// What buildkit notes on an attestation in an index: the digest of the image that it is about.
pub(super) const ATTESTED: &str = "vnd.docker.reference.digest";

/// Reads a platform, as in `linux/arm64` or `linux/arm/v7`, that stands at `place`.
///
/// # Errors
/// When it isn't written like that.
pub fn platform(place: &str, text: &str) -> Result<Platform> {
    let parts: Vec<&str> = text.split('/').collect();
    let (os, architecture, variant) = match parts.as_slice() {
        [os, architecture] => (*os, *architecture, None),
        [os, architecture, variant] => (*os, *architecture, Some((*variant).to_owned())),
        _ => ("", "", None),
    };
    if os.is_empty() || architecture.is_empty() || variant.as_deref() == Some("") {
        return Err(Error::new(format!("`{place}`: `{text}` is no platform")).hint("as in `linux/arm64`"));
    }
    Ok(Platform { os: os.into(), architecture: architecture.into(), variant })
}

/// Makes an index of images, which stand at `place` of the payload. With each goes the platform that the params name,
/// if they do.
///
/// # Errors
/// When an image is for another platform than the params say, for none, or for one that another image is for.
pub(super) fn merge(place: &str, images: Vec<(Option<Platform>, Payload)>) -> Result<Payload> {
    let mut entries = Vec::new();
    let mut seen = BTreeSet::new();
    for (named, payload) in &images {
        for entry in entries_of(named.as_ref(), payload)? {
            let platform = entry["platform"].to_string();
            if entry["annotations"].get(ATTESTED).is_none() && !seen.insert(platform) {
                let twice =
                    payload.platform.as_ref().map_or_else(|| "the same platform".into(), Platform::to_string);
                return Err(Error::new(format!("`{place}` has two images for {twice}"))
                    .hint("give each platform once; a map says which image is for which"));
            }
            entries.push(entry);
        }
    }
    let docker = entries.iter().all(|entry| entry["mediaType"] == media_type::DOCKER_IMAGE);
    let kind = if docker { media_type::DOCKER_INDEX } else { media_type::OCI_INDEX };
    let top = manifest(&json!({"schemaVersion": 2, "mediaType": kind, "manifests": entries}))?;
    let named: Vec<Digest> = match &top.content {
        Content::Index(index) => index.manifests.iter().map(|entry| entry.digest.clone()).collect(),
        Content::Image(_) | Content::Artifact(_) => Vec::new(),
    };
    let (children, blobs, referrers) = (Vec::new(), Vec::new(), Vec::new());
    let mut merged = Payload { top, children, blobs, platform: None, referrers };
    for (_, payload) in images {
        merged.referrers.extend(payload.referrers);
        let tops = named.contains(&payload.top.digest).then_some(payload.top);
        payload.children.into_iter().chain(tops).for_each(|child| merged.add_child(child));
        payload.blobs.into_iter().for_each(|blob| merged.add_blob(blob));
    }
    Ok(merged)
}

/// Returns what the index says of an image; of an index: of what is in it.
fn entries_of(named: Option<&Platform>, payload: &Payload) -> Result<Vec<Value>> {
    let Content::Index(index) = &payload.top.content else {
        return Ok(vec![entry(&payload.top, &platform_of(named, payload)?)]);
    };
    let Some(named) = named else { return entries_in(&payload.top) };
    let chosen = index.select(named).ok_or_else(|| {
        Error::new(format!("`params.image[{named}]` has no image for {named}; it has {}", index.platforms()))
    })?;
    let is_chosen = |entry: &Descriptor| {
        entry.digest == chosen.digest
            || entry.annotations.get(ATTESTED).is_some_and(|about| *about == chosen.digest.to_string())
    };
    let wanted: Vec<String> = index
        .manifests
        .iter()
        .filter(|entry| is_chosen(entry))
        .map(|entry| entry.digest.to_string())
        .collect();
    let mut entries = entries_in(&payload.top)?;
    entries.retain(|entry| wanted.iter().any(|digest| entry["digest"] == digest.as_str()));
    Ok(entries)
}

fn entries_in(index: &Manifest) -> Result<Vec<Value>> {
    let mut index: Value = serde_json::from_slice(&index.raw)?;
    match index["manifests"].take() {
        Value::Array(entries) => Ok(entries),
        _ => Ok(Vec::new()),
    }
}

fn platform_of(named: Option<&Platform>, payload: &Payload) -> Result<Platform> {
    match (named, &payload.platform) {
        (Some(named), Some(own)) if !named.accepts(own) => {
            Err(Error::new(format!("`params.image[{named}]` names an image for {own}"))
                .hint("build it for the platform, or correct the map"))
        }
        (Some(named), _) => Ok(named.clone()),
        (None, Some(own)) => Ok(own.clone()),
        (None, None) => Err(Error::new("`params.image` has an image that does not say its platform")
            .hint("give a map of platforms instead of a list")),
    }
}

fn entry(manifest: &Manifest, platform: &Platform) -> Value {
    let mut fields = json!({"architecture": platform.architecture, "os": platform.os});
    if let Some(variant) = &platform.variant {
        fields["variant"] = json!(variant);
    }
    json!({
        "mediaType": manifest.media_type, "digest": manifest.digest, "size": manifest.raw.len(), "platform": fields,
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_platform_has_two_or_three_parts() {
        for text in ["linux/amd64", "linux/arm/v7"] {
            assert_eq!(platform("x", text).unwrap().to_string(), text);
        }
        for text in ["", "amd64", "linux/", "/amd64", "linux/arm/", "a/b/c/d"] {
            assert!(platform("x", text).is_err(), "{text}");
        }
    }
}
