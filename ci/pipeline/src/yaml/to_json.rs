//! Between nodes and JSON values.

use serde_json::Value as Json;

use super::{Entry, Map, Node, Number, Value};
use crate::source::Span;

impl Node {
    /// Returns the value as Concourse hands it to a resource: numbers through 64 bit floats.
    pub fn to_json(&self) -> Json {
        match &self.value {
            Value::Null => Json::Null,
            Value::Bool(value) => Json::Bool(*value),
            Value::Number(number) => number_to_json(number),
            Value::String(text) => Json::String(text.clone()),
            Value::List(items) => Json::Array(items.iter().map(Node::to_json).collect()),
            Value::Map(map) => Json::Object(
                map.iter().map(|entry| (entry.name().to_owned(), entry.value.to_json())).collect(),
            ),
        }
    }

    /// Returns the value as the text that a task's environment gets: text as it is, nothing for
    /// null, compact JSON with sorted keys for lists and maps.
    pub fn to_env_text(&self) -> String {
        match &self.value {
            Value::Null => String::new(),
            Value::Bool(value) => value.to_string(),
            Value::Number(number) => number.to_text(),
            Value::String(text) => text.clone(),
            Value::List(_) | Value::Map(_) => self.to_compact_json(),
        }
    }

    /// Returns the value as JSON without blanks, keys sorted, `<`, `>` and `&` escaped as Go does.
    pub fn to_compact_json(&self) -> String {
        let mut text = String::new();
        push_json(&mut text, self);
        text
    }
}

/// Turns a JSON value into a node at a place. Numbers keep their digits.
pub fn from_json(json: &Json, span: Span) -> Node {
    let value = match json {
        Json::Null => Value::Null,
        Json::Bool(value) => Value::Bool(*value),
        Json::Number(number) => Value::Number(Number::Digits(number.to_string())),
        Json::String(text) => Value::String(text.clone()),
        Json::Array(items) => Value::List(items.iter().map(|item| from_json(item, span)).collect()),
        Json::Object(fields) => Value::Map(Map::from_entries(
            fields.iter().map(|(name, value)| Entry::new(name.as_str(), from_json(value, span))).collect(),
        )),
    };
    Node::new(value, span)
}

fn number_to_json(number: &Number) -> Json {
    let text = number.to_text();
    let whole = text.parse::<i64>().map(Json::from).or_else(|_| text.parse::<u64>().map(Json::from));
    whole.unwrap_or_else(|_| serde_json::Number::from_f64(number.as_f64()).map_or(Json::Null, Json::Number))
}

fn push_json(text: &mut String, node: &Node) {
    match &node.value {
        Value::Null => text.push_str("null"),
        Value::Bool(value) => text.push_str(if *value { "true" } else { "false" }),
        Value::Number(number) => text.push_str(&number.to_text()),
        Value::String(string) => push_json_string(text, string),
        Value::List(items) => {
            text.push('[');
            for (index, item) in items.iter().enumerate() {
                if index > 0 {
                    text.push(',');
                }
                push_json(text, item);
            }
            text.push(']');
        }
        Value::Map(map) => push_json_map(text, map),
    }
}

fn push_json_map(text: &mut String, map: &Map) {
    let mut entries: Vec<&Entry> = map.iter().collect();
    entries.sort_by(|one, other| one.name().cmp(other.name()));
    text.push('{');
    for (index, entry) in entries.into_iter().enumerate() {
        if index > 0 {
            text.push(',');
        }
        push_json_string(text, entry.name());
        text.push(':');
        push_json(text, &entry.value);
    }
    text.push('}');
}

fn push_json_string(text: &mut String, string: &str) {
    let quoted = Json::String(string.into()).to_string();
    for character in quoted.chars() {
        match character {
            '<' => text.push_str("\\u003c"),
            '>' => text.push_str("\\u003e"),
            '&' => text.push_str("\\u0026"),
            '\u{2028}' => text.push_str("\\u2028"),
            '\u{2029}' => text.push_str("\\u2029"),
            _ => text.push(character),
        }
    }
}
