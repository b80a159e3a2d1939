//! What is known of secrets, without their values.

use kit::Result;
use serde_json::{Map, Value, json};
use time::format_description::well_known::Rfc3339;

use super::json;
use crate::secret::FetchedSecret;

/// Writes a JSON object by the secrets' names.
pub(super) fn render(secrets: &[&FetchedSecret]) -> Result<Vec<u8>> {
    let fields: Map<String, Value> =
        secrets.iter().map(|secret| (secret.name.clone(), Value::Object(of(secret)))).collect();
    json::render(&fields)
}

fn of(secret: &FetchedSecret) -> Map<String, Value> {
    let lease = secret.lease.as_ref();
    let fields = [
        ("path", Some(json!(secret.path))),
        ("version", secret.version.map(|version| json!(version))),
        ("created_time", secret.created_time.as_ref().map(|time| json!(time))),
        ("custom_metadata", custom(secret)),
        ("lease_duration", lease.map(|lease| json!(lease.duration))),
        ("renewable", lease.map(|lease| json!(lease.is_renewable))),
        ("expires", secret.expires.and_then(|end| end.format(&Rfc3339).ok()).map(Value::String)),
    ];
    fields.into_iter().filter_map(|(name, value)| Some((name.to_owned(), value?))).collect()
}

fn custom(secret: &FetchedSecret) -> Option<Value> {
    let fields: Map<String, Value> =
        secret.custom_metadata.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    (!fields.is_empty()).then_some(Value::Object(fields))
}
