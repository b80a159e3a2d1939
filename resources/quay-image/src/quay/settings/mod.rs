//! Brings a repository's set-up to what is declared.

mod change;
mod declared;
mod mirror;
mod plan;

pub use declared::{Declared, Secrets};
