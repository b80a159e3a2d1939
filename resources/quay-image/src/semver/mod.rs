//! Semantic versions as tags carry them, with the rules of Masterminds/semver 3.5 that the registry-image resource
//! uses and pipelines rely on.
//!
//! The `semver` crate is strict where tags are not: it refuses `1`, `1.2` and `v1.2.3`, has no `||`, no hyphen ranges
//! and no `!=`, joins by comma alone, and reads `1.2.3` as `^1.2.3` where Masterminds means just that version. So
//! both the versions and the constraints are read here.

mod constraint;
mod scheme;
mod version;

pub use constraint::{Constraint, InvalidConstraint};
pub use scheme::Scheme;
pub use version::Version;
