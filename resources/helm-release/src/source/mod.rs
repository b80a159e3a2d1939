//! The `source:` block.

mod bastion;
mod clouds;
mod keys;
mod registries;
mod repositories;

pub use bastion::Bastion;
pub use clouds::{Aws, AwsRole, AwsUser, Azure, DigitalOcean, Oidc};
pub use keys::{HelmVersion, Missing, Only, Source};
pub use registries::{CaCerts, Registry};
pub use repositories::Repository;
