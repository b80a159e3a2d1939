//! What `params:` of a get and a put may say.

mod get;
mod keys;
mod mount_keyed;
mod output_file;
mod put;
mod wanted;
mod write;

pub use get::GetParams;
pub use keys::Keys;
pub(crate) use output_file::{FlatFormat, Format, KubernetesObject, OutputFile};
pub use put::PutParams;
pub(crate) use put::{Copy, Issue, LeaseSource, PutOptions, Rollback, Versions};
pub(crate) use wanted::{RequestMethod, Take, Wanted};
pub(crate) use write::{Generate, SecretMap, Write};
