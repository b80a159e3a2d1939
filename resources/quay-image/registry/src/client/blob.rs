//! Reading blobs.

use std::collections::VecDeque;
use std::fmt;
use std::future::{Ready, ready};
use std::sync::{Arc, Mutex, PoisonError};

use bytes::Bytes;
use kit::http::{Download, HttpError, Method, Request, StatusCode};

use super::mirrored::MirrorState;
use super::{Client, Result};
use crate::auth::Access;
use crate::session::Session;
use crate::{Cause, Descriptor, Mismatch, RegistryError, Verifier};

impl Client {
    /// Reads a blob piece by piece: resumed where it breaks off, not verified. See [`Blob`].
    pub fn blob(&self, descriptor: &Descriptor) -> Blob {
        let mirror = self.mirror.as_ref().filter(|mirror| mirror.session().is_some());
        let mut sources: VecDeque<Source> = mirror
            .and_then(|mirror| {
                Some(Source { session: mirror.session()?.clone(), mirror: Some(mirror.clone()) })
            })
            .into_iter()
            .collect();
        sources.push_back(Source { session: self.origin.clone(), mirror: None });
        Blob { descriptor: descriptor.clone(), sources, transfer: None, received: 0 }
    }

    /// Reads a small blob whole and verifies it.
    ///
    /// # Errors
    /// When it has more than `limit` bytes, can't be read, or is something else.
    pub async fn blob_bytes(&self, descriptor: &Descriptor, limit: u64) -> Result<Bytes> {
        if descriptor.size > limit {
            let problem = format!("it has {} bytes, and {limit} are allowed", descriptor.size);
            let action = format!("read the blob {} of `{}`", descriptor.digest, self.repository());
            return Err(self.failed(action, Cause::Protocol(problem)));
        }
        let mut blob = self.blob(descriptor).verified();
        let mut bytes = Vec::new();
        while let Some(piece) = blob.chunk().await? {
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes.into())
    }
}

/// The bytes of a blob, piece by piece, from the mirror or the registry. A download that breaks off goes on where it
/// stopped. A redirect to another host gets no credentials.
///
/// [`Blob::chunk`] checks the size but no digest: that is for who hashes anyway, with [`crate::Digest::verifier`].
/// [`Blob::verified`] does both.
pub struct Blob {
    descriptor: Descriptor,
    /// Whom to ask, in this order: the first one now.
    sources: VecDeque<Source>,
    transfer: Option<Transfer>,
    /// How much the caller has got.
    received: u64,
}

struct Source {
    session: Session,
    /// Present where the session is the mirror's.
    mirror: Option<MirrorState>,
}

/// A download from one source.
struct Transfer {
    download: Download<MakeRequest>,
    /// The request that the download sends when it begins and when it goes on.
    request: Arc<Mutex<Request>>,
    /// How much of what comes the caller already has from another source.
    skip: u64,
    /// Whether new authorization was already asked for since the last piece.
    renewed: bool,
}

type MakeRequest = Box<dyn FnMut() -> Ready<std::result::Result<Request, HttpError>> + Send>;

impl Blob {
    /// Returns what is read.
    pub fn descriptor(&self) -> &Descriptor {
        &self.descriptor
    }

    /// Returns the next piece; `None` at the end, when as many bytes have come as the descriptor says.
    ///
    /// # Errors
    /// When the registry refuses, does not go on, or sends more than the descriptor says.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>> {
        loop {
            match self.next_piece().await {
                Ok(piece) => return Ok(piece),
                Err(cause) => self.use_next_source(cause)?,
            }
        }
    }

    /// Returns a reader that also fails at the end if the content has another digest.
    pub fn verified(self) -> VerifiedBlob {
        VerifiedBlob { verifier: Some(self.descriptor.digest.verifier()), blob: self }
    }

    async fn next_piece(&mut self) -> std::result::Result<Option<Bytes>, Cause> {
        let Some(source) = self.sources.front() else { return Ok(None) };
        let transfer = match &mut self.transfer {
            Some(transfer) => transfer,
            none => none.insert(Transfer::begin(&source.session, &self.descriptor, self.received).await?),
        };
        let Some(piece) = transfer.next(&source.session, &self.descriptor).await? else { return Ok(None) };
        self.received += piece.len() as u64;
        if self.received > self.descriptor.size {
            let Descriptor { digest, size, .. } = self.descriptor.clone();
            return Err(Mismatch::Size { digest, expected: size, found: self.received }.into());
        }
        Ok(Some(piece))
    }

    /// Goes over from the mirror to the registry itself, which has the same bytes.
    fn use_next_source(&mut self, cause: Cause) -> Result<()> {
        if self.sources.len() > 1
            && let Some(Source { mirror: Some(mirror), .. }) = self.sources.pop_front()
            && let Some(origin) = self.sources.front()
            && !matches!(cause, Cause::Mismatch(_))
        {
            mirror.fail(&cause, &origin.session);
            self.transfer = None;
            return Ok(());
        }
        let source = self.sources.front().map(|source| &source.session);
        let repository = source.map(|session| session.repository().to_string()).unwrap_or_default();
        let anonymous = source.is_some_and(Session::is_anonymous);
        let action = format!("read the blob {} of `{repository}`", self.descriptor.digest);
        Err(RegistryError::new(action, cause, anonymous))
    }
}

impl fmt::Debug for Blob {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "Blob({}, {} of {} bytes)", self.descriptor.digest, self.received, self.descriptor.size)
    }
}

impl Transfer {
    async fn begin(
        session: &Session,
        descriptor: &Descriptor,
        skip: u64,
    ) -> std::result::Result<Self, Cause> {
        let request = Arc::new(Mutex::new(request(session, descriptor).await?));
        let current = Arc::clone(&request);
        let make: MakeRequest =
            Box::new(move || ready(Ok(current.lock().unwrap_or_else(PoisonError::into_inner).clone())));
        let download = session.http().download(descriptor.size, make);
        Ok(Self { download, request, skip, renewed: false })
    }

    /// Returns the next piece that the caller has not got yet.
    async fn next(
        &mut self,
        session: &Session,
        descriptor: &Descriptor,
    ) -> std::result::Result<Option<Bytes>, Cause> {
        loop {
            let piece = match self.download.chunk().await {
                Ok(Some(piece)) => piece,
                Ok(None) => return Ok(None),
                Err(problem) if problem.status() == Some(StatusCode::UNAUTHORIZED) && !self.renewed => {
                    self.renew(session, descriptor).await?;
                    continue;
                }
                Err(problem) => return Err(problem.into()),
            };
            self.renewed = false;
            let known = usize::try_from(self.skip).unwrap_or(usize::MAX).min(piece.len());
            self.skip -= known as u64;
            if known < piece.len() {
                return Ok(Some(piece.slice(known..)));
            }
        }
    }

    /// Learns what the registry wants to see now, by a HEAD of the same blob, and goes on with that.
    async fn renew(&mut self, session: &Session, descriptor: &Descriptor) -> std::result::Result<(), Cause> {
        let url = session.url(&format!("blobs/{}", descriptor.digest)).await?;
        session.send(&Access::Pull, &Method::HEAD, &url, |request| request).await?;
        let request = request(session, descriptor).await?;
        *self.request.lock().unwrap_or_else(PoisonError::into_inner) = request;
        self.renewed = true;
        Ok(())
    }
}

async fn request(session: &Session, descriptor: &Descriptor) -> std::result::Result<Request, Cause> {
    let url = session.url(&format!("blobs/{}", descriptor.digest)).await?;
    session.authorized_get(&Access::Pull, url).await
}

/// A [`Blob`] that is verified: an error instead of the end if the content isn't what was asked for.
#[derive(Debug)]
pub struct VerifiedBlob {
    blob: Blob,
    /// Gone once the end has come.
    verifier: Option<Verifier>,
}

impl VerifiedBlob {
    /// Returns the next piece; `None` at the end, when the whole has the digest and size of the descriptor.
    ///
    /// # Errors
    /// As [`Blob::chunk`]; and when the digest is wrong.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>> {
        let piece = self.blob.chunk().await?;
        match (&piece, &mut self.verifier) {
            (Some(piece), Some(verifier)) => verifier.update(piece),
            _ => {
                if let Some(Err(mismatch)) = self.verifier.take().map(Verifier::finish) {
                    self.blob.sources.truncate(1);
                    self.blob.use_next_source(mismatch.into())?;
                }
            }
        }
        Ok(piece)
    }
}
