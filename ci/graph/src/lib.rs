//! A pipeline as a picture, laid out as Concourse's own page does it: time runs from left to right, each job
//! stands behind the jobs whose versions it waits for, and a resource between two jobs is the version that
//! has to pass the first.

mod dot;
mod layout;
mod mermaid;
mod model;
mod svg;
mod text;

pub use dot::to_dot;
pub use mermaid::to_mermaid;
pub use model::{Edge, Graph, Node, NodeKind, Ways};
pub use svg::to_svg;
pub use text::to_text;
