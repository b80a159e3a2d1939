//! What refers to a manifest: signatures, attestations.

use bytes::Bytes;
use kit::http::Method;
use kit::http::header::{CONTENT_TYPE, LINK};
use serde_json::{Value, json};

use super::tags::next_page;
use super::{Client, Result, manifests};
use crate::auth::Access;
use crate::session::Session;
use crate::{
    Cause, Content, Descriptor, Digest, InvalidManifest, MAX_MANIFEST_BYTES, Manifest, Reference, Tag,
    media_type,
};

/// The most pages of referrers that are read.
const MOST_PAGES: usize = 100;

impl Client {
    /// Lists the manifests whose subject is `digest`: signatures, attestations. `artifact_type` leaves only those of
    /// one kind. Registries without the referrers API are asked for the tag that stands for it. The mirror is not
    /// asked: mirrors seldom have signatures.
    ///
    /// # Errors
    /// When the registry does not answer, or refuses.
    pub async fn referrers(&self, digest: &Digest, artifact_type: Option<&str>) -> Result<Vec<Descriptor>> {
        let action = || format!("list what refers to `{}@{digest}`", self.repository());
        let mut found =
            self.list(digest, artifact_type).await.map_err(|cause| self.failed(action(), cause))?;
        found.retain(|entry| artifact_type.is_none_or(|kind| entry.artifact_type.as_deref() == Some(kind)));
        Ok(found)
    }

    async fn list(
        &self,
        digest: &Digest,
        artifact_type: Option<&str>,
    ) -> std::result::Result<Vec<Descriptor>, Cause> {
        if let Some(found) = by_endpoint(&self.origin, digest, artifact_type).await? {
            return Ok(found);
        }
        let Some(tag) = stand_in(digest) else { return Ok(vec![]) };
        match manifests::manifest(&self.origin, &tag).await? {
            Some(Manifest { content: Content::Index(index), .. }) => Ok(index.manifests),
            _ => Ok(vec![]),
        }
    }

    /// Writes a manifest that refers to `subject`, and has it listed among what does: by the registry, or, where that
    /// has no referrers API, in the index at the tag that stands for it (distribution-spec 1.1, "Pushing Manifests
    /// with Subject").
    ///
    /// # Errors
    /// When the registry does not answer, or refuses.
    pub async fn put_referrer(&self, referrer: &Manifest, subject: &Digest) -> Result<()> {
        let action =
            || format!("write {}, which refers to `{}@{subject}`", referrer.digest, self.repository());
        self.write_referrer(referrer, subject).await.map_err(|cause| self.failed(action(), cause))
    }

    async fn write_referrer(&self, referrer: &Manifest, subject: &Digest) -> std::result::Result<(), Cause> {
        let own = Reference::Digest(referrer.digest.clone());
        let raw = referrer.raw.clone();
        let written = manifests::write(&self.origin, &own, &referrer.media_type, raw).await?;
        let (false, Some(tag)) = (written.listed, stand_in(subject)) else { return Ok(()) };
        let there = manifests::manifest(&self.origin, &tag).await?;
        let there = there.filter(|there| matches!(there.content, Content::Index(_)));
        let Some(index) = with_entry(there.as_ref(), referrer).map_err(InvalidManifest::Malformed)? else {
            return Ok(());
        };
        manifests::write(&self.origin, &tag, media_type::OCI_INDEX, index).await?;
        Ok(())
    }
}

/// Returns the tag at which clients keep the list of what refers to a digest, where a registry does not keep it.
fn stand_in(digest: &Digest) -> Option<Reference> {
    let hex = &digest.hex()[..digest.hex().len().min(64)];
    format!("{}-{hex}", digest.algorithm()).parse::<Tag>().ok().map(Reference::Tag)
}

/// Returns the list with one entry more; `None` if it has it already. What others noted in it stays.
fn with_entry(list: Option<&Manifest>, referrer: &Manifest) -> serde_json::Result<Option<Bytes>> {
    let mut list: Value = match list {
        Some(list) => serde_json::from_slice(&list.raw)?,
        None => json!({"schemaVersion": 2, "mediaType": media_type::OCI_INDEX, "manifests": []}),
    };
    let entry = entry(referrer)?;
    let Some(entries) = list["manifests"].as_array_mut() else { return Ok(None) };
    if entries.iter().any(|known| known["digest"] == entry["digest"]) {
        return Ok(None);
    }
    entries.push(entry);
    serde_json::to_vec(&list).map(|list| Some(list.into()))
}

/// Describes a referrer as the specification asks: with its own annotations, and the type of its configuration where it
/// does not say of what kind it is.
fn entry(referrer: &Manifest) -> serde_json::Result<Value> {
    let said: Value = serde_json::from_slice(&referrer.raw)?;
    let mut entry = json!({
        "mediaType": referrer.media_type, "digest": referrer.digest.as_str(), "size": referrer.raw.len(),
    });
    let kind =
        [&said["artifactType"], &said["config"]["mediaType"]].into_iter().find(|kind| kind.is_string());
    for (name, value) in [("artifactType", kind), ("annotations", said.get("annotations"))] {
        if let Some(value) = value.filter(|value| !value.is_null()) {
            entry[name] = value.clone();
        }
    }
    Ok(entry)
}

/// Returns `None` where the registry does not know the endpoint, or (Quay, with a 400) the digest.
async fn by_endpoint(
    session: &Session,
    digest: &Digest,
    artifact_type: Option<&str>,
) -> std::result::Result<Option<Vec<Descriptor>>, Cause> {
    let mut url = session.url(&format!("referrers/{digest}")).await?;
    if let Some(kind) = artifact_type {
        url.query_pairs_mut().append_pair("artifactType", kind);
    }
    let mut found = Vec::new();
    for _ in 0..MOST_PAGES {
        let response = session.send(&Access::Pull, &Method::GET, &url, |request| request).await?;
        if matches!(response.status().as_u16(), 400 | 404 | 405 | 501) {
            return Ok(None);
        }
        let response = response.success().await?;
        let link = next_page(response.headers().get_all(LINK).iter().filter_map(|link| link.to_str().ok()));
        let next = match link {
            Some(link) => Some(session.named_url(link, response.url()).await?),
            None => None,
        };
        let content_type = response.header(CONTENT_TYPE).unwrap_or_default().to_owned();
        let raw = response.bytes(MAX_MANIFEST_BYTES).await?;
        let index = Manifest::parse(raw.clone(), Digest::sha256(&raw), &content_type)?;
        let Content::Index(index) = index.content else { return Ok(None) };
        found.extend(index.manifests);
        match next {
            Some(next) if next != url => url = next,
            _ => return Ok(Some(found)),
        }
    }
    Err(Cause::Protocol(format!("the list has no end: there were {} so far", found.len())))
}
