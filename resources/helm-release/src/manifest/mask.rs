//! What must not be shown of objects and values.

use std::collections::BTreeSet;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::Value;

use super::Object;
use kit::redact;

/// What stands in the place of what is masked.
pub const MASK: &str = "((masked))";

/// Texts shorter than this are masked only where they are known to be secret, not wherever else they occur: `true`
/// or `80` would hide half of a file.
const SHORTEST: usize = 6;

/// Hides the data of Secrets, the values at chosen paths, and both wherever else they occur.
#[derive(Clone, Debug, Default)]
pub struct Mask {
    paths: Vec<Vec<String>>,
    secrets: BTreeSet<String>,
}

impl Mask {
    /// Returns a mask for the values at `paths`, as in `database.password` or `users[*].token`.
    pub fn new<'a>(paths: impl IntoIterator<Item = &'a str>) -> Self {
        let split = |path: &str| {
            let dotted = path.replace('[', ".").replace(']', "");
            dotted.split('.').filter(|part| !part.is_empty()).map(str::to_owned).collect()
        };
        Self { paths: paths.into_iter().map(split).collect(), secrets: BTreeSet::new() }
    }

    /// Learns the data of Secrets among `objects`, so that they are hidden elsewhere too, and in all that is printed.
    pub fn learn_objects(&mut self, objects: &[Object]) {
        for object in objects.iter().filter(|object| is_secret(object)) {
            for (field, encoded) in [("data", true), ("stringData", false)] {
                let data = object.value.get(field).and_then(Value::as_object).into_iter().flatten();
                for text in data.filter_map(|(_, value)| value.as_str()) {
                    let decoded = STANDARD.decode(text).ok().and_then(|bytes| String::from_utf8(bytes).ok());
                    let plain = if encoded { decoded } else { Some(text.to_owned()) };
                    self.learn(&plain.unwrap_or_else(|| text.to_owned()));
                }
            }
        }
    }

    /// Learns the values at the chosen paths.
    pub fn learn_values(&mut self, values: &Value) {
        let mut found = Vec::new();
        for path in &self.paths {
            collect(values, path, &mut found);
        }
        found.iter().for_each(|text| self.learn(text));
    }

    /// Learns one text.
    pub fn learn(&mut self, text: &str) {
        if text.len() >= SHORTEST {
            redact::register(text);
            self.secrets.insert(text.to_owned());
        }
    }

    /// Returns `values` with the chosen paths and everything that is a known secret masked.
    pub fn values(&self, values: &Value) -> Value {
        let mut masked = values.clone();
        for path in &self.paths {
            hide(&mut masked, path);
        }
        self.hide_known(&mut masked);
        masked
    }

    /// Returns an object masked: a Secret's data whole, of other objects what is a known secret.
    pub fn object(&self, object: &Object) -> Object {
        let mut value = object.value.clone();
        if is_secret(object) {
            hide_data(&mut value);
        }
        self.hide_known(&mut value);
        Object { value }
    }

    /// Returns a text with every known secret in it masked.
    pub fn text(&self, text: &str) -> String {
        // Longest first, so that a secret within another one leaves no rest.
        let mut known: Vec<&String> = self.secrets.iter().collect();
        known.sort_by_key(|secret| std::cmp::Reverse(secret.len()));
        known.into_iter().fold(text.to_owned(), |text, secret| text.replace(secret.as_str(), MASK))
    }

    fn hide_known(&self, value: &mut Value) {
        match value {
            Value::String(text) if self.secrets.iter().any(|secret| text.contains(secret.as_str())) => {
                *text = self.text(text);
            }
            Value::Array(items) => items.iter_mut().for_each(|item| self.hide_known(item)),
            Value::Object(fields) => fields.values_mut().for_each(|field| self.hide_known(field)),
            _ => {}
        }
    }
}

fn is_secret(object: &Object) -> bool {
    object.kind() == "Secret" && object.group_version().0.is_empty()
}

/// The last-applied annotation of kubectl repeats the data.
fn hide_data(value: &mut Value) {
    for field in ["data", "stringData"] {
        let data = value.get_mut(field).and_then(Value::as_object_mut).into_iter().flatten();
        data.for_each(|(_, value)| *value = MASK.into());
    }
    let annotations = value.pointer_mut("/metadata/annotations").and_then(Value::as_object_mut);
    if let Some(last) =
        annotations.and_then(|all| all.get_mut("kubectl.kubernetes.io/last-applied-configuration"))
    {
        *last = MASK.into();
    }
}

fn hide(value: &mut Value, path: &[String]) {
    let Some((first, rest)) = path.split_first() else {
        if !value.is_null() {
            *value = MASK.into();
        }
        return;
    };
    match value {
        Value::Object(fields) if first == "*" => fields.values_mut().for_each(|field| hide(field, rest)),
        Value::Array(items) if first == "*" => items.iter_mut().for_each(|item| hide(item, rest)),
        Value::Object(fields) => fields.get_mut(first).into_iter().for_each(|field| hide(field, rest)),
        Value::Array(items) => {
            let index = first.parse::<usize>().ok();
            index.and_then(|index| items.get_mut(index)).into_iter().for_each(|item| hide(item, rest));
        }
        _ => {}
    }
}

/// Collects the texts at a path and below.
fn collect(value: &Value, path: &[String], found: &mut Vec<String>) {
    match (value, path.split_first()) {
        (Value::String(text), None) => found.push(text.clone()),
        (Value::Object(fields), None) => fields.values().for_each(|field| collect(field, path, found)),
        (Value::Array(items), None) => items.iter().for_each(|item| collect(item, path, found)),
        (Value::Object(fields), Some((first, rest))) if first == "*" => {
            fields.values().for_each(|field| collect(field, rest, found));
        }
        (Value::Array(items), Some((first, rest))) if first == "*" => {
            items.iter().for_each(|item| collect(item, rest, found));
        }
        (Value::Object(fields), Some((first, rest))) => {
            fields.get(first).into_iter().for_each(|field| collect(field, rest, found));
        }
        (Value::Array(items), Some((first, rest))) => {
            let item = first.parse::<usize>().ok().and_then(|index| items.get(index));
            item.into_iter().for_each(|item| collect(item, rest, found));
        }
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn secrets_are_masked_where_they_are_and_where_they_are_repeated() {
        let secret = Object {
            value: json!({"apiVersion": "v1", "kind": "Secret", "metadata": {"name": "db"},
                "data": {"password": STANDARD.encode("mask-canary-1"), "port": STANDARD.encode("5432")},
                "stringData": {"token": "mask-canary-2"}}),
        };
        let pod = Object {
            value: json!({"kind": "Pod", "env": "url=postgres://u:mask-canary-1@db", "port": "5432"}),
        };
        let mut mask = Mask::new(["users[*].key", "plain.0"]);
        let values = json!({"users": [{"key": "mask-canary-3", "name": "a"}], "password": "mask-canary-1", "plain": [7]});
        mask.learn_objects(std::slice::from_ref(&secret));
        mask.learn_values(&values);
        assert_eq!(mask.object(&secret).value["data"], json!({"password": MASK, "port": MASK}));
        assert_eq!(
            mask.object(&pod).value,
            json!({"kind": "Pod", "env": format!("url=postgres://u:{MASK}@db"), "port": "5432"})
        );
        assert_eq!(
            mask.values(&values),
            json!({"users": [{"key": MASK, "name": "a"}], "password": MASK, "plain": [MASK]})
        );
        assert_eq!(mask.text("notes: mask-canary-2 mask-canary-3"), format!("notes: {MASK} {MASK}"));
    }
}
