//! Asks a registry about one repository.

use bytes::Bytes;
use kit::http::Body;
use oci_distribution::config::ConfigFile;

use crate::{
    Cause, Descriptor, Digest, Manifest, Platform, Reference, RegistryError, Repository, Settings, Tag,
};

type Result<T> = std::result::Result<T, RegistryError>;

/// Asks a registry about one repository. Cheap to clone; clones share connections and tokens.
#[derive(Clone, Debug)]
pub struct Client {
    repository: Repository,
}

/// An image's configuration: the bytes that have the digest, and what they say.
#[derive(Clone, Debug)]
pub struct ImageConfig {
    /// The bytes.
    pub raw: Bytes,
    /// What they say.
    pub file: ConfigFile,
}

/// How a blob came into the repository.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Uploaded {
    /// It was taken over from another repository of the registry.
    Mounted,
    /// Its bytes were sent.
    Sent,
}

impl Client {
    /// Returns a client. Nothing is asked yet.
    ///
    /// # Errors
    /// When `ca_certs` can't be read.
    pub fn new(repository: Repository, settings: Settings) -> Result<Self> {
        let _ = settings;
        Ok(Self { repository })
    }

    /// Returns the repository.
    pub fn repository(&self) -> &Repository {
        &self.repository
    }

    /// Returns what a manifest's name stands for now; `None` when it isn't there. The digest is never guessed: where
    /// the registry does not say it, the manifest is read.
    ///
    /// # Errors
    /// When the registry does not answer, or refuses.
    pub async fn head(&self, reference: &Reference) -> Result<Option<Descriptor>> {
        Err(self.missing(reference.to_string()))
    }

    /// Reads a manifest of at most 4 MiB and verifies its digest; `None` when it isn't there.
    ///
    /// # Errors
    /// When the registry does not answer, refuses, or sends something else.
    pub async fn manifest(&self, reference: &Reference) -> Result<Option<Manifest>> {
        Err(self.missing(reference.to_string()))
    }

    /// Reads the manifest of one image or artifact: the one that is named, or, if that is an index, the one in it (or
    /// in an index in it) for `platform`. `None` when the name isn't there.
    ///
    /// # Errors
    /// As [`Client::manifest`]; and when the index has nothing for the platform, naming those that it has.
    pub async fn image(&self, reference: &Reference, platform: &Platform) -> Result<Option<Manifest>> {
        let _ = platform;
        self.manifest(reference).await
    }

    /// Lists the repository's tags in the registry's order. An unknown repository is an error for which
    /// [`RegistryError::is_not_found`] holds.
    ///
    /// # Errors
    /// When the registry does not answer, refuses, or its list has no end.
    pub async fn tags(&self) -> Result<Vec<Tag>> {
        Err(self.missing("tags".into()))
    }

    /// Reads and verifies an image's configuration (at most 16 MiB).
    ///
    /// # Errors
    /// When the manifest is no image, or the blob can't be read.
    pub async fn config(&self, manifest: &Manifest) -> Result<ImageConfig> {
        Err(self.missing(manifest.digest.to_string()))
    }

    /// Reads a blob piece by piece: resumed where it breaks off, not verified. See [`Blob`].
    pub fn blob(&self, descriptor: &Descriptor) -> Blob {
        let _ = descriptor;
        Blob {}
    }

    /// Reads a small blob whole and verifies it.
    ///
    /// # Errors
    /// When it has more than `limit` bytes, can't be read, or is something else.
    pub async fn blob_bytes(&self, descriptor: &Descriptor, limit: u64) -> Result<Bytes> {
        let _ = limit;
        Err(self.missing(descriptor.digest.to_string()))
    }

    /// Tells whether the repository has a blob. The mirror is not asked.
    ///
    /// # Errors
    /// When the registry does not answer, or refuses.
    pub async fn blob_exists(&self, digest: &Digest) -> Result<bool> {
        Err(self.missing(digest.to_string()))
    }

    /// Brings a blob into the repository: mounted from another repository of the same registry (`from`, its path), if
    /// that has it and lets us, else sent.
    ///
    /// `body` returns the bytes from an offset on. It is called again when the upload breaks off, with how much the
    /// registry has got.
    ///
    /// # Errors
    /// When the registry does not answer, refuses, or finds that the bytes have another digest.
    pub async fn upload(
        &self,
        descriptor: &Descriptor,
        from: Option<&str>,
        body: impl Fn(u64) -> Body + Send + Sync + 'static,
    ) -> Result<Uploaded> {
        let _ = (from, body);
        Err(self.missing(descriptor.digest.to_string()))
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
        let _ = (media_type, bytes);
        Err(self.missing(reference.to_string()))
    }

    /// Deletes a manifest, and thereby all its tags. One that isn't there is no error.
    ///
    /// # Errors
    /// When the registry does not answer, or refuses.
    pub async fn delete_manifest(&self, digest: &Digest) -> Result<()> {
        Err(self.missing(digest.to_string()))
    }

    /// Lists the manifests whose subject is `digest`: signatures, attestations. `artifact_type` leaves only those of
    /// one kind. Registries without the referrers API are asked for the tag that stands for it.
    ///
    /// # Errors
    /// When the registry does not answer, or refuses.
    pub async fn referrers(&self, digest: &Digest, artifact_type: Option<&str>) -> Result<Vec<Descriptor>> {
        let _ = artifact_type;
        Err(self.missing(digest.to_string()))
    }

    fn missing(&self, what: String) -> RegistryError {
        RegistryError::new(format!("read {what} of {}", self.repository), Cause::Protocol("no answer".into()))
    }
}

/// The bytes of a blob, piece by piece, from the mirror or the registry. A download that breaks off goes on where it
/// stopped. A redirect to another host gets no credentials.
///
/// [`Blob::chunk`] checks neither size nor digest: that is for who hashes anyway, with [`Digest::verifier`].
/// [`Blob::verified`] does both.
#[derive(Debug)]
pub struct Blob {}

impl Blob {
    /// Returns the next piece; `None` at the end, when as many bytes have come as the descriptor says.
    ///
    /// # Errors
    /// When the registry refuses, or does not go on.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>> {
        Ok(None)
    }

    /// Returns a reader that also fails at the end if the content has another digest.
    pub fn verified(self) -> VerifiedBlob {
        VerifiedBlob { blob: self }
    }
}

/// A [`Blob`] that is verified: an error instead of the end if the content isn't what was asked for.
#[derive(Debug)]
pub struct VerifiedBlob {
    blob: Blob,
}

impl VerifiedBlob {
    /// Returns the next piece; `None` at the end, when the whole has the digest and size of the descriptor.
    ///
    /// # Errors
    /// As [`Blob::chunk`]; and when digest or size are wrong.
    pub async fn chunk(&mut self) -> Result<Option<Bytes>> {
        self.blob.chunk().await
    }
}
