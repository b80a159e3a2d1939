//! Keyed digests: versions of secrets of which Vault keeps none.

use hmac::{Hmac, KeyInit, Mac};
use kit::{Error, Secret};
use serde_json::{Map, Value};
use sha2::Sha256;

use crate::params::Keys;
use crate::source::Source;

/// Makes the digests of one source.
///
/// A version is public, and a plain hash of a short secret can be guessed. The digest is therefore an HMAC whose key
/// only the source's owner has: `digest_key`, or else the credential that logs in. Both live exactly as long as the
/// resource's history, which Concourse binds to the source. The secret's place goes in too, so that equal secrets at
/// two places do not show as equal.
pub(crate) struct Digester {
    key: Secret,
}

/// 128 bits: nobody can search for a collision without the key.
const DIGEST_BYTES: usize = 16;

impl Digester {
    /// Returns the digester of a source; `None` if the source holds no lasting secret: with a service account, say.
    ///
    /// The login in the params of a step plays no part: check has none.
    pub(crate) fn of(source: &Source) -> Option<Self> {
        let given = source.digest_key.clone().filter(|key| !key.is_empty());
        let lasting = || source.login(None).ok().and_then(|login| login.lasting_secret().cloned());
        given.or_else(lasting).map(|key| Self { key })
    }

    /// Returns the digest of the `watched` keys of `data`, or of all if none is named. `place` is the secret's path.
    pub(crate) fn digest(&self, place: &str, data: &Map<String, Value>, watched: &[String]) -> String {
        let mut mac = Hmac::<Sha256>::new_from_slice(self.key.expose().as_bytes())
            .expect("HMAC takes keys of any length");
        mac.update(b"quayside vault-secret version 1\0");
        mac.update(place.as_bytes());
        mac.update(b"\0");
        let data = Value::Object(data.clone());
        let watched_part = || {
            let found = watched.iter().filter_map(|key| Some((key.clone(), Keys::find(&data, key)?.clone())));
            Value::Object(found.collect())
        };
        let mut text = String::new();
        write_canonical(&if watched.is_empty() { data.clone() } else { watched_part() }, &mut text);
        mac.update(text.as_bytes());
        let bytes = mac.finalize().into_bytes();
        bytes[..DIGEST_BYTES].iter().map(|byte| format!("{byte:02x}")).collect()
    }
}

/// The error for a digest that nothing can key.
pub(crate) fn keyless() -> Error {
    Error::new("`source` has no lasting secret that could key the digest of a secret without versions")
        .hint("set `digest_key` to a random text of your own, from a variable")
}

/// Writes JSON with sorted keys: Vault promises no order.
fn write_canonical(value: &Value, text: &mut String) {
    match value {
        Value::Object(fields) => {
            let mut keys: Vec<&String> = fields.keys().collect();
            keys.sort();
            text.push('{');
            for key in keys {
                text.push_str(&Value::String(key.clone()).to_string());
                text.push(':');
                write_canonical(&fields[key], text);
                text.push(',');
            }
            text.push('}');
        }
        Value::Array(items) => {
            text.push('[');
            for item in items {
                write_canonical(item, text);
                text.push(',');
            }
            text.push(']');
        }
        scalar => text.push_str(&scalar.to_string()),
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn digest(key: &str, place: &str, data: Value, watched: &[&str]) -> String {
        let Value::Object(data) = data else { panic!("data is an object") };
        let watched: Vec<String> = watched.iter().map(|key| (*key).to_owned()).collect();
        Digester { key: Secret::new(key) }.digest(place, &data, &watched)
    }

    #[test]
    fn the_digest_follows_key_place_and_watched_content_alone() {
        let base = digest("key one", "kv/a", json!({"a": "1", "b": {"x": 1, "y": 2}}), &[]);
        assert_eq!(base.len(), 32);
        assert_eq!(base, digest("key one", "kv/a", json!({"b": {"y": 2, "x": 1}, "a": "1"}), &[]), "order");
        for (what, other) in [
            ("key", digest("key two", "kv/a", json!({"a": "1", "b": {"x": 1, "y": 2}}), &[])),
            ("place", digest("key one", "kv/b", json!({"a": "1", "b": {"x": 1, "y": 2}}), &[])),
            ("content", digest("key one", "kv/a", json!({"a": "2", "b": {"x": 1, "y": 2}}), &[])),
            ("type", digest("key one", "kv/a", json!({"a": 1, "b": {"x": 1, "y": 2}}), &[])),
        ] {
            assert_ne!(base, other, "{what}");
        }
        assert_eq!(
            digest("k", "p", json!({"a": "1", "b": "2"}), &["a"]),
            digest("k", "p", json!({"a": "1", "b": "3"}), &["a"]),
            "only the watched key counts"
        );
    }
}
