//! The `params:` of a get and a put.

mod choices;
mod diff;
mod get;
mod overrides;
mod post_render;
mod put;
mod registry;
mod values_from;
mod verify;

pub use choices::{Cascade, Crds, DependencyUpdate, DriftMode, OnFailure, Pause, Ready, Rollback};
pub use diff::{DiffMode, Gate};
pub use get::GetParams;
pub use overrides::{Override, OverrideKind, Paths};
pub use post_render::{ImageOverride, Patch, PatchTarget, PostRender};
pub use put::PutParams;
pub use registry::{Ecr, PrivateRegistry};
pub use values_from::ValuesFrom;
pub use verify::{Cosign, Verify};
