//! What only Quay can do: the part of source and params that speaks to its own API.
//!
//! Without a `quay:` block, none of it is used. [`AtQuay`] is what a push does there beside pushing, [`act`] what a put
//! does instead, [`Gate`] asks whether an image's scan is tolerated.

mod access;
mod act;
mod action;
mod at_quay;
mod facts;
mod gate;
mod lifecycle;
mod prune;
mod restore;
mod scan;
mod settings;

pub use access::{Federation, QuaySource};
pub use act::act;
pub use action::Action;
pub use at_quay::AtQuay;
pub use facts::Facts;
pub use gate::{Checked, Gate};
pub use lifecycle::TagExpiry;
pub use prune::DeleteTags;
pub use restore::Restore;
pub use scan::{Require, ScanParams};
pub use settings::{Declared, Secrets};
