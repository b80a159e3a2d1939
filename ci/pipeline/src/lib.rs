//! The Concourse pipeline language.
//!
//! Everything here works on texts and values that are handed in: the library reads no files and
//! prints nothing. A pipeline goes through these stages, each with the place of everything it finds:
//!
//! 1. [`yaml`] reads the text as YAML 1.1, aliases and merges expanded;
//! 2. [`vars`] fills `((variables))` in;
//! 3. [`model`] decodes the tree into jobs, steps and resources;
//! 4. [`validate`] finds what Concourse would refuse or warn about, in its words.

pub mod check;
pub mod diff;
mod letters;
pub mod model;
pub mod source;
pub mod validate;
pub mod vars;
mod visible;
pub mod yaml;

pub use source::{Position, Source, Span, Spanned};
pub use visible::{is_trick, visible, visible_line};
