//! The registry side of images: references, credentials, manifests, blobs and tags over HTTP.
//!
//! [`Client`] speaks the OCI distribution protocol, 1.1 (<https://github.com/opencontainers/distribution-spec>), with
//! what Docker Hub, Quay, ECR, ACR and Google's registries do differently. It has no opinion on images: what is done
//! with manifests and blobs is its callers' affair.
//!
//! ```no_run
//! # async fn example() -> kit::Result<()> {
//! use oci_registry::{Client, Reference, Repository, Settings, Tag};
//!
//! let repository: Repository = "quay.io/acme/app".parse()?;
//! let client = Client::new(repository, Settings::default())?;
//! let tag: Tag = "1.2.3".parse()?;
//! if let Some(manifest) = client.manifest(&Reference::Tag(tag)).await? {
//!     kit::report::info(&manifest.digest);
//! }
//! # Ok(())
//! # }
//! ```

mod auth;
mod client;
mod credentials;
mod digest;
mod error;
mod manifest;
pub mod media_type;
mod plain;
mod platform;
mod repository;
mod session;
mod settings;
mod tag;

pub use client::{Blob, Client, ImageConfig, Uploaded, VerifiedBlob};
pub use credentials::{AccessKey, Acr, AwsIdentity, AzureCloud, Credentials, Ecr, Environment, Gcp};
pub use digest::{Digest, InvalidDigest, Mismatch, Verifier};
pub use error::{Cause, RegistryError};
pub use manifest::{Content, Descriptor, Image, Index, InvalidManifest, MAX_MANIFEST_BYTES, Manifest};
pub use oci_distribution::config::ConfigFile;
pub use plain::may_be_plain;
pub use platform::Platform;
pub use repository::{InvalidRepository, Repository};
pub use settings::{Basic, Mirror, Settings};
pub use tag::{InvalidTag, Reference, Tag};
