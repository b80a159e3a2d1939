//! A secret as a get hands it out.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use kit::{Error, Result, redact};
use serde_json::{Map, Value};
use time::OffsetDateTime;

use crate::engines::Lease;
use crate::params::{Keys, Wanted};
use crate::selection::Said;

/// A secret that was fetched.
#[derive(Clone, Debug)]
pub(crate) struct FetchedSecret {
    /// What files and metadata call it.
    pub(crate) name: String,
    pub(crate) said: Said,
    /// Where it is in Vault.
    pub(crate) path: String,
    /// Put before its keys where those of several secrets are mixed.
    pub(crate) prefix: String,
    /// Its keys and values, in the order of Vault or of the user's choice; empty for a lease that was renewed.
    pub(crate) values: Vec<(String, Content)>,
    /// KV 2: the version.
    pub(crate) version: Option<u64>,
    /// KV 2: when the version was made, as Vault writes it.
    pub(crate) created_time: Option<String>,
    /// KV 2: what the owner wrote beside it.
    pub(crate) custom_metadata: Vec<(String, String)>,
    pub(crate) lease: Option<Lease>,
    /// When it ends: a lease, a certificate, or a password that Vault rotates.
    pub(crate) expires: Option<OffsetDateTime>,
}

/// A value of a secret.
#[derive(Clone, PartialEq, Eq)]
pub(crate) enum Content {
    /// As Vault keeps it.
    Json(Value),
    /// Decoded base64 that is no text.
    Bytes(Vec<u8>),
}

impl std::fmt::Debug for Content {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str("Content(…)")
    }
}

impl Content {
    /// Returns the bytes to write into a file of its own: texts as they are, everything else as JSON.
    pub(crate) fn bytes(&self) -> Vec<u8> {
        match self {
            Self::Bytes(bytes) => bytes.clone(),
            Self::Json(value) => plain(value).into_bytes(),
        }
    }

    /// Returns the text, if it is one.
    pub(crate) fn text(&self) -> Option<String> {
        match self {
            Self::Bytes(_) => None,
            Self::Json(value) => Some(plain(value)),
        }
    }

    /// Returns the JSON value; bytes that are no text as base64, as Vault had them.
    pub(crate) fn json(&self) -> Value {
        match self {
            Self::Bytes(bytes) => Value::String(STANDARD.encode(bytes)),
            Self::Json(value) => value.clone(),
        }
    }
}

fn plain(value: &Value) -> String {
    match value {
        Value::String(text) => text.clone(),
        Value::Null => String::new(),
        other => other.to_string(),
    }
}

impl FetchedSecret {
    /// Returns the value of a key.
    pub(crate) fn value(&self, key: &str) -> Option<&Content> {
        self.values.iter().find(|(name, _)| name == key).map(|(_, value)| value)
    }

    /// Returns the values as a JSON object.
    pub(crate) fn object(&self) -> Map<String, Value> {
        self.values.iter().map(|(key, value)| (key.clone(), value.json())).collect()
    }

    /// Returns the names of the keys, for a message.
    pub(crate) fn key_names(&self) -> String {
        let names: Vec<String> = self.values.iter().map(|(key, _)| format!("`{key}`")).collect();
        if names.is_empty() { "none".into() } else { names.join(", ") }
    }
}

/// Registers everything secret in `data` with the redaction, before anything is made of it.
pub(crate) fn register(data: &Map<String, Value>) {
    data.values().for_each(register_value);
}

fn register_value(value: &Value) {
    match value {
        Value::String(text) => redact::register(text),
        Value::Array(items) => items.iter().for_each(register_value),
        Value::Object(fields) => register(fields),
        Value::Number(number) => redact::register(&number.to_string()),
        Value::Null | Value::Bool(_) => {}
    }
}

/// Takes, renames, decodes and expands values as the user wishes.
///
/// # Errors
/// When a key that is named does not exist, or a value that is to be decoded is not base64.
pub(crate) fn shape(wanted: &Wanted, name: &str, data: Map<String, Value>) -> Result<Vec<(String, Content)>> {
    let taken = match &wanted.keys {
        None => data.into_iter().collect(),
        Some(keys) => take(keys, name, data)?,
    };
    for key in wanted.decode.named() {
        if !taken.iter().any(|(known, _)| known == key) {
            return Err(no_key(name, key, taken.iter().map(|(known, _)| known.as_str())));
        }
    }
    taken.into_iter().map(|(key, value)| decode(wanted, name, key, value)).collect()
}

fn take(keys: &Keys, name: &str, data: Map<String, Value>) -> Result<Vec<(String, Value)>> {
    let data = Value::Object(data);
    let mut taken: Vec<(String, Value)> = Vec::new();
    for (new, key) in keys.iter() {
        let found = Keys::find(&data, key).cloned();
        let known = data.as_object().into_iter().flat_map(Map::keys).map(String::as_str);
        let value = found.ok_or_else(|| no_key(name, key, known))?;
        if taken.iter().any(|(other, _)| other == new) {
            return Err(Error::new(format!("two keys of `{name}` would be called `{new}`")));
        }
        taken.push((new.to_owned(), value));
    }
    Ok(taken)
}

fn decode(wanted: &Wanted, name: &str, key: String, value: Value) -> Result<(String, Content)> {
    let content = match &value {
        Value::String(text) if wanted.decode.includes(&key) => {
            let compact: String = text.split_whitespace().collect();
            let bytes = STANDARD.decode(compact).map_err(|_| {
                Error::new(format!("the value of `{key}` in `{name}` is to be decoded and is not base64"))
            })?;
            match String::from_utf8(bytes) {
                Ok(text) => {
                    redact::register(&text);
                    Content::Json(Value::String(text))
                }
                Err(binary) => Content::Bytes(binary.into_bytes()),
            }
        }
        Value::String(text) if wanted.expand_json.get() => {
            let parsed = serde_json::from_str::<Value>(text).ok();
            let structured = parsed.filter(|parsed| parsed.is_object() || parsed.is_array());
            structured.iter().for_each(register_value);
            Content::Json(structured.unwrap_or(value))
        }
        _ => Content::Json(value),
    };
    Ok((key, content))
}

fn no_key<'k>(name: &str, key: &str, known: impl Iterator<Item = &'k str>) -> Error {
    let known: Vec<String> = known.map(|key| format!("`{key}`")).collect();
    let known =
        if known.is_empty() { "it has none".into() } else { format!("its keys are {}", known.join(", ")) };
    Error::new(format!("`{name}` has no key `{key}`")).hint(known)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn shaped(wanted: Value, data: Value) -> Result<String, String> {
        let mut wanted = wanted;
        wanted["path"] = json!("kv/app");
        let wanted: Wanted = serde_json::from_value(wanted).unwrap();
        let Value::Object(data) = data else { panic!("data is an object") };
        let values = shape(&wanted, "app", data).map_err(|error| format!("{error:?}"))?;
        Ok(values
            .iter()
            .map(|(key, value)| format!("{key}={} ", value.json()))
            .collect::<String>()
            .trim_end()
            .into())
    }

    #[test]
    fn values_are_taken_renamed_decoded_and_expanded() {
        let data = json!({"a": "1", "b": {"c": "2"}, "d": "aGk=", "e": "/w==", "f": "{\"x\":1}"});
        let cases = [
            (json!({"keys": ["a", "/b/c"]}), r#"a="1" c="2""#),
            (json!({"keys": {"A": "a"}}), r#"A="1""#),
            (json!({"keys": ["d", "e"], "decode": ["d", "e"]}), r#"d="hi" e="/w==""#),
            (json!({"keys": ["f"], "expand_json": true}), r#"f={"x":1}"#),
        ];
        for (wanted, expected) in cases {
            assert_eq!(shaped(wanted.clone(), data.clone()).as_deref(), Ok(expected), "{wanted}");
        }
    }

    #[test]
    fn keys_that_do_not_exist_are_told_with_those_that_do() {
        let cases = [
            (json!({"keys": ["x"]}), "`app` has no key `x` (hint: its keys are `a`)"),
            (json!({"decode": ["x"]}), "`app` has no key `x` (hint: its keys are `a`)"),
            (json!({"decode": true}), "the value of `a` in `app` is to be decoded and is not base64"),
        ];
        for (wanted, expected) in cases {
            assert_eq!(shaped(wanted.clone(), json!({"a": "!"})), Err(expected.into()), "{wanted}");
        }
    }
}
