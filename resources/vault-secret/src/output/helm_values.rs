//! A values file for Helm.

use kit::{Error, Result};
use serde_json::{Map, Value};

use super::yaml;

/// Writes the keys at a place in the values, as in `app.database`.
///
/// # Errors
/// When the place has an empty part.
pub(super) fn render(at: &str, structure: Map<String, Value>) -> Result<String> {
    if at.is_empty() {
        return Ok(yaml::render(&structure));
    }
    let mut values = structure;
    for part in at.rsplit('.') {
        if part.is_empty() {
            return Err(Error::new(format!("`at: {at}` has an empty part between its dots")));
        }
        values = Map::from_iter([(part.to_owned(), Value::Object(values))]);
    }
    Ok(yaml::render(&values))
}
