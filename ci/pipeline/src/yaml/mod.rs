//! YAML 1.1 as Concourse reads it, with the place of every node.
//!
//! Concourse reads pipelines with go-yaml 2, which follows YAML 1.1: `yes` is a boolean, `0777` an
//! octal number, `<<` merges. A YAML 1.2 parser gives other pipelines. This module takes the events
//! of a syntax parser and does the rest as go-yaml does: what plain scalars mean ([`resolve_plain`]),
//! anchors and merges, and which keys count as written twice.

mod anchors;
mod comment;
mod duplicates;
mod error;
pub mod gofmt;
mod map;
mod node;
mod number;
mod read;
mod scalar;
mod sort;
mod strictness;
mod syntax;
mod tags;
mod to_json;
mod write;

pub(crate) use anchors::merge;
pub use comment::Comment;
pub use duplicates::DuplicateKey;
pub use error::ReadError;
pub use map::{Entry, Map};
pub use node::{Node, Origin, Style, Value};
pub use number::Number;
pub use read::{Anchor, Document, MAX_BYTES, MAX_DEPTH, MAX_NODES, OverriddenKey, read, read_bytes};
pub use scalar::{means, resolve_plain};
pub use sort::{key_order, sort_keys};
pub use to_json::from_json;
pub use write::write;
