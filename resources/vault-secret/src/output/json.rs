//! JSON.

use kit::Result;
use serde_json::{Map, Value};

use crate::secret::FetchedSecret;
use crate::selection::Said;

/// Writes an object.
pub(super) fn render(structure: &Map<String, Value>) -> Result<Vec<u8>> {
    let mut text = serde_json::to_vec_pretty(structure)?;
    text.push(b'\n');
    Ok(text)
}

/// Writes each secret's data below its name: the `vault.json` of the resources that came before. A lease that was
/// renewed has no data and is left out, as they do.
pub(super) fn by_name(secrets: &[&FetchedSecret]) -> Result<Vec<u8>> {
    let with_data = secrets.iter().filter(|secret| secret.said != Said::RenewedUnderMount);
    let structure: Map<String, Value> =
        with_data.map(|secret| (secret.name.clone(), Value::Object(secret.object()))).collect();
    Ok(serde_json::to_vec(&structure)?)
}
