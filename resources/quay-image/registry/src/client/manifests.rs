//! Manifests: what a name stands for, reading, writing and deleting.

use bytes::Bytes;
use kit::http::header::{ACCEPT, CONTENT_LENGTH, CONTENT_TYPE};
use kit::http::{Method, Request, Response, StatusCode};

use super::{Client, Result, found};
use crate::auth::Access;
use crate::session::Session;
use crate::{
    Cause, Descriptor, Digest, MAX_MANIFEST_BYTES, Manifest, Mismatch, Reference, RegistryError, media_type,
};

const DIGEST_HEADER: &str = "docker-content-digest";
/// By which a registry says that it has listed the manifest among the referrers of this one.
const SUBJECT_HEADER: &str = "oci-subject";

/// What a registry answered to a manifest.
pub(super) struct Written {
    pub(super) digest: Digest,
    /// Whether the registry lists it among the referrers of its subject.
    pub(super) listed: bool,
}

impl Client {
    /// Returns what a manifest's name stands for now; `None` when it isn't there. The digest is never guessed: where
    /// the registry does not say it, the manifest is read.
    ///
    /// # Errors
    /// When the registry does not answer, or refuses.
    pub async fn head(&self, reference: &Reference) -> Result<Option<Descriptor>> {
        self.read(&format!("manifest `{reference}`"), async |session| head(session, reference).await).await
    }

    /// Reads a manifest of at most 4 MiB and verifies its digest; `None` when it isn't there.
    ///
    /// # Errors
    /// When the registry does not answer, refuses, or sends something else.
    pub async fn manifest(&self, reference: &Reference) -> Result<Option<Manifest>> {
        self.read(&format!("manifest `{reference}`"), async |session| manifest(session, reference).await)
            .await
    }

    /// Writes a manifest under a tag, or under its own digest, and returns its digest.
    ///
    /// # Errors
    /// When the registry does not answer, or refuses: [`RegistryError::code`] is then `MANIFEST_BLOB_UNKNOWN`,
    /// `TAG_IMMUTABLE` or another word of the registry.
    pub async fn put_manifest(
        &self,
        reference: &Reference,
        media_type: &str,
        bytes: Bytes,
    ) -> Result<Digest> {
        let action = || format!("write the manifest `{}`", self.repository().name_of(reference));
        let written = write(&self.origin, reference, media_type, bytes).await;
        written.map(|written| written.digest).map_err(|cause| self.failed(action(), cause))
    }

    /// Deletes a manifest, and thereby all its tags. One that isn't there is no error.
    ///
    /// # Errors
    /// When the registry does not answer, or refuses.
    pub async fn delete_manifest(&self, digest: &Digest) -> Result<()> {
        delete(&self.origin, digest).await.map_err(|cause| {
            RegistryError::new(
                format!("delete the manifest {digest} of `{}`", self.repository()),
                cause,
                self.origin.is_anonymous(),
            )
        })
    }
}

async fn head(session: &Session, reference: &Reference) -> std::result::Result<Option<Descriptor>, Cause> {
    let url = session.url(&format!("manifests/{reference}")).await?;
    let response = session.send(&Access::Pull, &Method::HEAD, &url, accepting).await?;
    if response.status() == StatusCode::NOT_FOUND {
        return Ok(None);
    }
    if response.status().is_success()
        && let Some(digest) = digest_of(&response, reference)
    {
        let size = response.header(CONTENT_LENGTH).and_then(|size| size.parse().ok()).unwrap_or_default();
        let media_type = media_type::essence(response.header(CONTENT_TYPE).unwrap_or_default());
        return Ok(Some(Descriptor::new(media_type, digest, size)));
    }
    // No digest, or a refusal, of which only a GET says the reason.
    Ok(manifest(session, reference).await?.map(|manifest| manifest.descriptor()))
}

pub(super) async fn manifest(
    session: &Session,
    reference: &Reference,
) -> std::result::Result<Option<Manifest>, Cause> {
    let url = session.url(&format!("manifests/{reference}")).await?;
    let response = session.send(&Access::Pull, &Method::GET, &url, accepting).await?;
    let Some(response) = found(response).await? else { return Ok(None) };
    let content_type = response.header(CONTENT_TYPE).unwrap_or_default().to_owned();
    if media_type::essence(&content_type) == "text/html" {
        return Err(Cause::WebPage(kit::http::shown(response.url())));
    }
    let said = digest_of(&response, reference);
    let raw = response.bytes(MAX_MANIFEST_BYTES).await?;
    let digest = match said {
        Some(digest) => {
            digest.verify(&raw)?;
            digest
        }
        None => Digest::sha256(&raw),
    };
    Ok(Some(Manifest::parse(raw, digest, &content_type)?))
}

pub(super) async fn write(
    session: &Session,
    reference: &Reference,
    media_type: &str,
    bytes: Bytes,
) -> std::result::Result<Written, Cause> {
    let digest = match reference {
        Reference::Digest(digest) => digest.clone(),
        Reference::Tag(_) => Digest::sha256(&bytes),
    };
    let url = session.url(&format!("manifests/{reference}")).await?;
    let with_body = |request: Request| request.header(CONTENT_TYPE, media_type).body(bytes.clone());
    let response = session.send(&Access::Push, &Method::PUT, &url, with_body).await?.success().await?;
    let said = response.header(DIGEST_HEADER).and_then(|text| text.parse::<Digest>().ok());
    match said {
        Some(said) if said.algorithm() == digest.algorithm() && said != digest => {
            Err(Mismatch::Digest { expected: digest, found: said }.into())
        }
        _ => Ok(Written { digest, listed: response.headers().contains_key(SUBJECT_HEADER) }),
    }
}

async fn delete(session: &Session, digest: &Digest) -> std::result::Result<(), Cause> {
    let url = session.url(&format!("manifests/{digest}")).await?;
    let response = session.send(&Access::Delete, &Method::DELETE, &url, |request| request).await?;
    found(response).await?;
    Ok(())
}

fn accepting(request: Request) -> Request {
    request.header(ACCEPT, media_type::ACCEPT)
}

/// Returns the digest that was asked for, else the one that the registry says.
fn digest_of(response: &Response, reference: &Reference) -> Option<Digest> {
    match reference {
        Reference::Digest(digest) => Some(digest.clone()),
        Reference::Tag(_) => response.header(DIGEST_HEADER)?.parse().ok(),
    }
}
