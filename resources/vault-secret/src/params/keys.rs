//! Which keys of a secret to take, and what to call them.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{MapAccess, SeqAccess, Visitor};
use serde::{Deserialize, Deserializer};
use serde_json::Value;

/// The keys to take: a list of names, or a map from the name to write to the key in Vault. A key that begins with a
/// slash is a JSON pointer (RFC 6901) to a nested value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Keys(Vec<(String, String)>);

impl Keys {
    /// Returns pairs of the name to write and the key in Vault.
    pub(crate) fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, key)| (name.as_str(), key.as_str()))
    }

    /// Returns the value that `key` names in `data`, which is an object.
    pub(crate) fn find<'d>(data: &'d Value, key: &str) -> Option<&'d Value> {
        data.get(key).or_else(|| key.starts_with('/').then(|| data.pointer(key)).flatten())
    }
}

impl<'de> Deserialize<'de> for Keys {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(KeysVisitor)
    }
}

struct KeysVisitor;

impl<'de> Visitor<'de> for KeysVisitor {
    type Value = Keys;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a list of keys, or a map from names to keys")
    }

    fn visit_seq<A: SeqAccess<'de>>(self, mut list: A) -> Result<Keys, A::Error> {
        let mut keys = Vec::new();
        while let Some(key) = list.next_element::<String>()? {
            let name = key.rsplit('/').next().unwrap_or_default().to_owned();
            keys.push((if key.starts_with('/') { name } else { key.clone() }, key));
        }
        Ok(Keys(keys))
    }

    fn visit_map<A: MapAccess<'de>>(self, mut map: A) -> Result<Keys, A::Error> {
        let mut keys = Vec::new();
        while let Some(pair) = map.next_entry::<String, String>()? {
            keys.push(pair);
        }
        Ok(Keys(keys))
    }
}

impl JsonSchema for Keys {
    fn schema_name() -> Cow<'static, str> {
        "Keys".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "anyOf": [
            { "type": "array", "items": { "type": "string" } },
            { "type": "object", "additionalProperties": { "type": "string" } },
        ] })
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn keys_are_listed_or_renamed() {
        let cases = [
            (json!(["a", "/b/c"]), vec![("a", "a"), ("c", "/b/c")]),
            (json!({"PGUSER": "username"}), vec![("PGUSER", "username")]),
        ];
        for (given, expected) in cases {
            let keys: Keys = serde_json::from_value(given).unwrap();
            assert_eq!(keys.iter().collect::<Vec<_>>(), expected);
        }
    }

    #[test]
    fn a_plain_key_wins_over_a_pointer() {
        let data = json!({"/a": 1, "b": {"c": 2}});
        assert_eq!(Keys::find(&data, "/a"), Some(&json!(1)));
        assert_eq!(Keys::find(&data, "/b/c"), Some(&json!(2)));
        assert_eq!(Keys::find(&data, "/b/d"), None);
    }
}
