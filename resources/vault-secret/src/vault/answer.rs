//! What Vault answers.

use std::collections::BTreeMap;

use kit::Secret;
use kit::http::StatusCode;
use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};

/// An answer with a status below 400, read whole.
#[derive(Clone, Debug, Default)]
pub(crate) struct Answer {
    /// Vault's envelope; empty for 204.
    pub(crate) envelope: Envelope,
    /// The body as it came: some endpoints (`pki/ca/pem`) send no JSON.
    pub(crate) body: Vec<u8>,
}

/// The shape that all of Vault's JSON answers have, errors too.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Envelope {
    #[serde(default, deserialize_with = "null_as_default")]
    pub(crate) lease_id: String,
    #[serde(default, deserialize_with = "null_as_default")]
    pub(crate) renewable: bool,
    /// Seconds.
    #[serde(default, deserialize_with = "null_as_default")]
    pub(crate) lease_duration: u64,
    #[serde(default)]
    pub(crate) data: Value,
    #[serde(default)]
    pub(crate) wrap_info: Option<WrapInfo>,
    #[serde(default)]
    pub(crate) auth: Option<Authentication>,
    #[serde(default, deserialize_with = "null_as_default")]
    pub(crate) warnings: Vec<String>,
    #[serde(default, deserialize_with = "null_as_default")]
    pub(crate) errors: Vec<Value>,
}

/// Where an answer is to be had that was wrapped on request.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct WrapInfo {
    pub(crate) token: Secret,
    #[serde(default)]
    pub(crate) accessor: String,
    /// Seconds.
    #[serde(default)]
    pub(crate) ttl: u64,
    #[serde(default)]
    pub(crate) creation_time: String,
    #[serde(default)]
    pub(crate) creation_path: String,
}

/// What a login brings.
#[derive(Clone, Debug, Deserialize)]
pub(crate) struct Authentication {
    pub(crate) client_token: Secret,
    #[serde(default)]
    pub(crate) accessor: String,
    #[serde(default, deserialize_with = "null_as_default")]
    pub(crate) policies: Vec<String>,
    #[serde(default, deserialize_with = "null_as_default")]
    pub(crate) metadata: BTreeMap<String, Value>,
    /// Seconds; 0 for a token that does not end.
    #[serde(default)]
    pub(crate) lease_duration: u64,
    #[serde(default)]
    pub(crate) renewable: bool,
    /// `service` or `batch`; a batch token can't be revoked.
    #[serde(default)]
    pub(crate) token_type: String,
}

impl Answer {
    /// Reads a body. One that isn't JSON has an empty envelope.
    pub(super) fn read(body: Vec<u8>) -> Self {
        Self { envelope: serde_json::from_slice(&body).unwrap_or_default(), body }
    }

    /// Returns the fields of `data`.
    pub(crate) fn data(&self) -> Option<&Map<String, Value>> {
        self.envelope.data.as_object()
    }

    /// Returns a text field of `data`.
    pub(crate) fn text(&self, field: &str) -> Option<&str> {
        self.envelope.data.get(field)?.as_str()
    }
}

impl Envelope {
    /// Returns what Vault says of a failure, each line of its multi-errors joined.
    pub(super) fn error_texts(&self) -> Vec<String> {
        let text = |error: &Value| match error {
            Value::String(text) => text.split_whitespace().collect::<Vec<_>>().join(" "),
            other => other.to_string(),
        };
        self.errors.iter().map(text).collect()
    }
}

/// Tells whether a status means that the node asked can't answer yet, though another or a later one will: it has not
/// seen a write yet (412), or is a standby of one kind or another.
pub(super) fn is_behind(status: StatusCode) -> bool {
    matches!(status.as_u16(), 412 | 472 | 473)
}

/// Vault writes null for lists, maps and texts that are empty.
fn null_as_default<'de, D: Deserializer<'de>, T: Deserialize<'de> + Default>(
    deserializer: D,
) -> Result<T, D::Error> {
    Ok(Option::deserialize(deserializer)?.unwrap_or_default())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn nulls_and_other_formats_are_read() {
        let answer = Answer::read(
            br#"{"lease_id":"","data":{"a":"b"},"warnings":null,"auth":null,"wrap_info":null,"errors":null}"#
                .to_vec(),
        );
        assert_eq!(answer.text("a"), Some("b"));
        assert!(Answer::read(b"-----BEGIN CERTIFICATE-----".to_vec()).envelope.data.is_null());
        let failed = Answer::read(br#"{"errors":["1 error occurred:\n\t* permission denied\n\n"]}"#.to_vec());
        assert_eq!(failed.envelope.error_texts(), ["1 error occurred: * permission denied"]);
    }
}
