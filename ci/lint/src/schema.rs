//! Schemas of resource types.

mod check;
mod types;

pub(crate) use check::{Expectation, SchemaMistake, check};
pub use types::{InvalidSchema, TypeSchema, TypeSchemas};
