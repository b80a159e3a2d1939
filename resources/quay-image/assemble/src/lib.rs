//! Assembles an image from a base and folders as layers. Nothing runs, so nothing needs privileges.
//!
//! The same input gives the same digest: entries are sorted, times are fixed, owners and modes come from the
//! [`Recipe`] and not from the disk, and gzip writes neither a name nor a time.
//!
//! - [`Recipe`] is what to make;
//! - [`Layer`] is a folder or file as a layer: read from disk as often as it is needed, never copied;
//! - [`Base`] is what it is made on, and [`Base::with`] makes configuration and manifest;
//! - [`to_oci`] turns Docker's manifests, which have no annotations, into OCI's.

mod annotations;
mod base;
mod error;
mod header;
mod image_path;
mod layer;
mod media_types;
mod owner;
mod pieces;
mod port;
mod recipe;
mod source_date;
mod tar_reader;
mod tree;

pub use base::{Base, Image};
pub use error::AssembleError;
pub use image_path::{ImagePath, InvalidImagePath};
pub use layer::{Layer, Measured};
pub use media_types::{OCI_GZIP_LAYER, to_oci};
pub use owner::{InvalidOwner, Owner};
pub use port::{InvalidPort, Port};
pub use recipe::{Modes, Placed, Recipe};
pub use source_date::{InvalidSourceDate, SourceDate};
