//! What a write changes, by the names of keys.

use std::fmt;

use serde_json::{Map, Value};

/// The keys that a write adds, changes and removes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Difference {
    added: Vec<String>,
    changed: Vec<String>,
    removed: Vec<String>,
}

impl Difference {
    /// Compares what is there with what is to be.
    pub(super) fn between(before: &Map<String, Value>, after: &Map<String, Value>) -> Self {
        let mut difference = Self::default();
        for (key, value) in after {
            match before.get(key) {
                None => difference.added.push(key.clone()),
                Some(other) if other != value => difference.changed.push(key.clone()),
                Some(_) => {}
            }
        }
        difference.removed = before.keys().filter(|key| !after.contains_key(*key)).cloned().collect();
        difference
    }

    /// Tells whether nothing changes.
    pub(super) fn is_empty(&self) -> bool {
        self.added.is_empty() && self.changed.is_empty() && self.removed.is_empty()
    }
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        if self.is_empty() {
            return f.write_str("nothing changes");
        }
        let mut is_first = true;
        for (verb, keys) in [("adds", &self.added), ("changes", &self.changed), ("removes", &self.removed)] {
            if keys.is_empty() {
                continue;
            }
            let keys: Vec<String> = keys.iter().map(|key| format!("`{key}`")).collect();
            let separator = if std::mem::take(&mut is_first) { "" } else { "; " };
            write!(f, "{separator}{verb} {}", keys.join(", "))?;
        }
        Ok(())
    }
}

/// Merges `change` into `value` by RFC 7396, as Vault's own patch does: null removes.
pub(super) fn merge(value: &mut Map<String, Value>, change: &Map<String, Value>) {
    for (key, new) in change {
        match (new, value.get_mut(key)) {
            (Value::Null, _) => {
                value.shift_remove(key);
            }
            (Value::Object(inner), Some(Value::Object(old))) => merge(old, inner),
            (Value::Object(inner), _) => {
                let mut fresh = Map::new();
                merge(&mut fresh, inner);
                value.insert(key.clone(), Value::Object(fresh));
            }
            _ => {
                value.insert(key.clone(), new.clone());
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn object(value: Value) -> Map<String, Value> {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn changes_are_told_by_the_names_of_keys() {
        let cases = [
            (json!({"a": 1}), json!({"a": 1}), "nothing changes"),
            (json!({}), json!({"a": 1, "b": 2}), "adds `a`, `b`"),
            (
                json!({"a": 1, "b": 2, "c": 3}),
                json!({"a": 2, "c": 3, "d": 4}),
                "adds `d`; changes `a`; removes `b`",
            ),
        ];
        for (before, after, expected) in cases {
            assert_eq!(Difference::between(&object(before), &object(after)).to_string(), expected);
        }
    }

    #[test]
    fn merging_follows_rfc_7396() {
        let cases = [
            (json!({"a": "b"}), json!({"a": "c"}), json!({"a": "c"})),
            (json!({"a": "b"}), json!({"b": "c"}), json!({"a": "b", "b": "c"})),
            (json!({"a": "b", "b": "c"}), json!({"a": null}), json!({"b": "c"})),
            (json!({"a": {"b": "c"}}), json!({"a": {"b": "d", "c": null}}), json!({"a": {"b": "d"}})),
            (json!({"a": [1]}), json!({"a": {"b": {"c": null}}}), json!({"a": {"b": {}}})),
        ];
        for (before, change, expected) in cases {
            let mut merged = object(before);
            merge(&mut merged, &object(change.clone()));
            assert_eq!(Value::Object(merged), expected, "{change}");
        }
    }
}
