//! Asks a registry about one repository.

mod blob;
mod image;
mod manifests;
mod mirrored;
mod referrers;
mod tags;
mod upload;

use kit::http::{HttpError, Method, Response, StatusCode};

use crate::auth::Access;
use crate::session::Session;
use crate::{Cause, Digest, RegistryError, Repository, Settings};
pub use blob::{Blob, VerifiedBlob};
pub use image::ImageConfig;
use mirrored::MirrorState;
pub use upload::Uploaded;

type Result<T> = std::result::Result<T, RegistryError>;

/// Asks a registry about one repository. Cheap to clone; clones share connections and tokens.
///
/// Reading asks the mirror first, if there is one, and the registry itself for what the mirror can't give.
#[derive(Clone, Debug)]
pub struct Client {
    origin: Session,
    mirror: Option<MirrorState>,
}

impl Client {
    /// Returns a client. Nothing is asked yet.
    ///
    /// # Errors
    /// When `ca_certs` can't be read.
    pub fn new(repository: Repository, settings: Settings) -> Result<Self> {
        let action = format!("talk to the registry of `{repository}`");
        let session = |repository, credentials: &_, retry| {
            Session::new(repository, Clone::clone(credentials), &settings, retry)
                .map_err(|cause| RegistryError::new(action.clone(), cause, false))
        };
        let mirror = match &settings.mirror {
            Some(mirror) => {
                let session =
                    session(mirror.repository.clone(), &mirror.credentials, settings.retry.brief())?;
                Some(MirrorState::new(session))
            }
            None => None,
        };
        let origin = session(repository, &settings.credentials, settings.retry)?;
        Ok(Self { origin, mirror })
    }

    /// Returns the repository.
    pub fn repository(&self) -> &Repository {
        self.origin.repository()
    }

    /// Tells whether the repository has a blob. The mirror is not asked.
    ///
    /// # Errors
    /// When the registry does not answer, or refuses.
    pub async fn blob_exists(&self, digest: &Digest) -> Result<bool> {
        let action = || format!("look for the blob {digest} in `{}`", self.repository());
        self.look_for_blob(digest).await.map_err(|cause| self.failed(action(), cause))
    }

    async fn look_for_blob(&self, digest: &Digest) -> std::result::Result<bool, Cause> {
        let url = self.origin.url(&format!("blobs/{digest}")).await?;
        let response = self.origin.send(&Access::Push, &Method::HEAD, &url, |request| request).await?;
        // A registry that sends us on to its storage has the blob, whatever the storage says to a HEAD.
        if response.status().is_success() || response.url().host() != url.host() {
            return Ok(true);
        }
        if response.status() == StatusCode::NOT_FOUND {
            return Ok(false);
        }
        Err(response.into_error().await.into())
    }

    fn failed(&self, action: String, cause: Cause) -> RegistryError {
        RegistryError::new(action, cause, self.origin.is_anonymous())
    }
}

/// Returns the answer; `None` for 404, whatever the registry calls it (`MANIFEST_UNKNOWN`, `NAME_UNKNOWN`, and
/// Quay's `TAG_EXPIRED`).
async fn found(response: Response) -> std::result::Result<Option<Response>, HttpError> {
    match response.status() {
        StatusCode::NOT_FOUND => Ok(None),
        _ => response.success().await.map(Some),
    }
}
