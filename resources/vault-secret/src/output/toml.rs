//! TOML.

use kit::{Error, Result};
use serde_json::{Map, Value};

/// Writes an object.
///
/// # Errors
/// When it holds null, which TOML does not have.
pub(super) fn render(structure: &Map<String, Value>) -> Result<String> {
    ::toml::to_string(structure).map_err(|_| {
        Error::new("TOML has no null, and a value is null").hint("pick other `keys`, or another format")
    })
}
