//! The real Helm, run as a child: what it may see, what it is asked, what it says.

mod advice;
mod binary;
mod home;
mod plugin;
mod registries;
mod repositories;
mod run;
mod trust;

pub use home::Home;
pub use plugin::{PostRenderer, install};
pub use registries::RegistryFlags;
pub use run::{Failure, Helm, Outcome};

pub(crate) use registries::write as write_registries;
pub(crate) use repositories::write as write_repositories;
pub(crate) use run::show_warnings;
