//! Concourse resource type: images in Quay and every other OCI registry.
//!
//! A drop-in superset of the registry-image resource: `check` follows a tag, a pattern of tags or semantic versions;
//! `get` fetches an image as a root filesystem, a tarball or an OCI layout; `put` pushes one of these.
//!
//! - [`source`] is the `source:` block, and how it becomes a connection to the registry;
//! - [`version`] is what Concourse keeps;
//! - [`semver`] reads tags as versions, with the rules that pipelines written for registry-image rely on;
//! - [`check`], [`get`] and [`put`] are the steps;
//! - [`quay`] is what only Quay can do, by its own API.

pub mod check;
pub mod get;
pub mod put;
pub mod quay;
mod resource;
pub mod semver;
pub mod source;
pub mod version;

pub use resource::QuayImage;
