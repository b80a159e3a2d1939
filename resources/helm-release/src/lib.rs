//! Concourse resource type: Helm releases in a Kubernetes cluster.
//!
//! `check` and `get` read Helm's own records from the cluster, without Helm; `put` runs the real Helm and explains
//! what it does.

pub mod check;
pub mod cluster;
pub mod diff;
pub mod drift;
pub mod duration;
pub mod get;
pub mod helm;
pub mod manifest;
pub mod metadata;
pub mod params;
pub mod post_render;
pub mod put;
pub mod release;
mod resource;
pub mod source;
pub mod values;
pub mod version;
pub mod wait;
pub mod yaml;

pub use resource::{HelmRelease, main};
