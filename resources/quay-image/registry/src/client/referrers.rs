//! What refers to a manifest: signatures, attestations.

use kit::http::Method;
use kit::http::header::{CONTENT_TYPE, LINK};

use super::tags::next_page;
use super::{Client, Result};
use crate::auth::Access;
use crate::session::Session;
use crate::{Cause, Content, Descriptor, Digest, MAX_MANIFEST_BYTES, Manifest, Reference, Tag};

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
        let asked = by_endpoint(&self.origin, digest, artifact_type).await;
        let mut found = match asked.map_err(|cause| self.failed(action(), cause))? {
            Some(found) => found,
            None => self.by_tag(digest).await?,
        };
        found.retain(|entry| artifact_type.is_none_or(|kind| entry.artifact_type.as_deref() == Some(kind)));
        Ok(found)
    }

    /// Reads the index that clients keep under a tag made of the digest where a registry has no referrers API.
    async fn by_tag(&self, digest: &Digest) -> Result<Vec<Descriptor>> {
        let hex = &digest.hex()[..digest.hex().len().min(64)];
        let Ok(tag) = format!("{}-{hex}", digest.algorithm()).parse::<Tag>() else { return Ok(vec![]) };
        match self.manifest(&Reference::Tag(tag)).await? {
            Some(Manifest { content: Content::Index(index), .. }) => Ok(index.manifests),
            _ => Ok(vec![]),
        }
    }
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
