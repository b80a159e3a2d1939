//! Checking a tree against a JSON Schema, with places.
//!
//! Only what schemas of resource types use is looked at. Text with variables is taken for whatever is
//! wanted, since nobody knows yet what it becomes.

use pipeline::Span;
use pipeline::model::parse_duration;
use pipeline::vars::occurrences;
use pipeline::yaml::{Map, Node, Origin, Value};
use regex::Regex;
use serde_json::Value as Json;

/// How many references may lead to each other.
const MAX_REFERENCES: usize = 32;

/// Something that a schema does not allow.
#[derive(Clone, Debug, PartialEq)]
pub(crate) struct SchemaMistake {
    pub(crate) expectation: Expectation,
    /// Where in the value, such as `https_tunnel.proxy_port`; empty for the value itself.
    pub(crate) path: String,
    pub(crate) span: Span,
    /// Whether a variable gave the value, which may be a secret then.
    pub(crate) from_variable: bool,
}

#[derive(Clone, Debug, PartialEq)]
pub(crate) enum Expectation {
    /// A key that is not known, and those that are.
    UnknownKey { name: String, known: Vec<String> },
    /// A key that must be there.
    MissingKey(String),
    /// A value of another kind, in words: what it should be and what it is.
    OtherKind { expected: String, found: String },
    /// A value of the right kind that will not do, in words: what it should be and what it is.
    Other { expected: String, found: String },
    /// One of these.
    OneOf(Vec<String>),
}

/// Checks a value; returns what is wrong with it.
pub(crate) fn check(schema: &Json, value: &Node) -> Vec<SchemaMistake> {
    let mut checker = Checker { root: schema, path: Vec::new(), mistakes: Vec::new() };
    checker.value(schema, value, 0);
    checker.mistakes
}

struct Checker<'schema> {
    root: &'schema Json,
    path: Vec<String>,
    mistakes: Vec<SchemaMistake>,
}

impl<'schema> Checker<'schema> {
    fn value(&mut self, schema: &'schema Json, value: &Node, references: usize) {
        if value.as_str().is_some_and(|text| !occurrences(text).is_empty()) {
            return;
        }
        let Some(fields) = schema.as_object() else { return };
        if let Some(target) = fields.get("$ref").and_then(Json::as_str) {
            if references < MAX_REFERENCES
                && let Some(target) = target.strip_prefix('#').and_then(|pointer| self.root.pointer(pointer))
            {
                self.value(target, value, references + 1);
            }
            return;
        }
        for part in fields.get("allOf").and_then(Json::as_array).into_iter().flatten() {
            self.value(part, value, references);
        }
        for choice in ["anyOf", "oneOf"] {
            if let Some(branches) = fields.get(choice).and_then(Json::as_array) {
                self.choice(branches, value, references);
            }
        }
        if !self.kind(fields, value) {
            return;
        }
        self.constants(fields, value);
        match &value.value {
            Value::String(text) => self.text(fields, text, value),
            Value::Number(number) => self.number(fields, number.as_f64(), value),
            Value::List(items) => {
                let Some(schema) = fields.get("items") else { return };
                for (index, item) in items.iter().enumerate() {
                    self.within(format!("[{index}]"), |checker| checker.value(schema, item, references));
                }
            }
            Value::Map(map) => self.map(fields, map, value.span, references),
            _ => {}
        }
    }

    /// Checks the kind of a value; returns whether it is one of those wanted.
    fn kind(&mut self, fields: &serde_json::Map<String, Json>, value: &Node) -> bool {
        let wanted: Vec<&str> = match fields.get("type") {
            Some(Json::String(kind)) => vec![kind],
            Some(Json::Array(kinds)) => kinds.iter().filter_map(Json::as_str).collect(),
            _ => return true,
        };
        let is_flag = fields.get("x-flag").and_then(Json::as_bool).unwrap_or(false);
        let text_flag = is_flag && matches!(value.as_str(), Some("true" | "false" | ""));
        if text_flag || wanted.iter().any(|kind| has_kind(value, kind)) {
            return true;
        }
        // Concourse hands a missing value on as null, which resources read as not given.
        if value.is_null() {
            return false;
        }
        let names: Vec<&str> = wanted.iter().map(|kind| kind_in_words(kind)).collect();
        let (expected, found) = (names.join(" or "), in_words(value));
        self.note_value(Expectation::OtherKind { expected, found }, value);
        false
    }

    fn constants(&mut self, fields: &serde_json::Map<String, Json>, value: &Node) {
        let allowed = match (fields.get("enum").and_then(Json::as_array), fields.get("const")) {
            (Some(values), _) => values.clone(),
            (None, Some(value)) => vec![value.clone()],
            (None, None) => return,
        };
        let found = value.to_json();
        if !value.is_null() && !allowed.contains(&found) {
            self.note_value(Expectation::OneOf(allowed.iter().map(plain).collect()), value);
        }
    }

    fn text(&mut self, fields: &serde_json::Map<String, Json>, text: &str, value: &Node) {
        let pattern =
            fields.get("pattern").and_then(Json::as_str).and_then(|pattern| Regex::new(pattern).ok());
        if let Some(pattern) = pattern
            && !pattern.is_match(text)
        {
            let words = fields.get("x-words").and_then(Json::as_str);
            let expected = words.map_or_else(|| format!("text that matches `{pattern}`"), str::to_owned);
            self.note_value(Expectation::Other { expected, found: format!("`{text}`") }, value);
        }
        let is_duration = fields.get("format").and_then(Json::as_str) == Some("go-duration");
        if is_duration && parse_duration(text).is_err() {
            let expected = "a duration such as `1h30m`".into();
            self.note_value(Expectation::Other { expected, found: format!("`{text}`") }, value);
        }
        let least = fields.get("minLength").and_then(Json::as_u64).unwrap_or(0);
        if text.is_empty() && least > 0 {
            self.note_value(Expectation::Other { expected: "text".into(), found: "empty".into() }, value);
        }
    }

    fn number(&mut self, fields: &serde_json::Map<String, Json>, number: f64, value: &Node) {
        let least = fields.get("minimum").and_then(Json::as_f64);
        let most = fields.get("maximum").and_then(Json::as_f64);
        let expected = match (least, most) {
            (Some(least), _) if number < least => format!("at least {least}"),
            (_, Some(most)) if number > most => format!("at most {most}"),
            _ => return,
        };
        self.note_value(Expectation::Other { expected, found: number.to_string() }, value);
    }

    fn map(
        &mut self,
        fields: &'schema serde_json::Map<String, Json>,
        map: &Map,
        span: Span,
        references: usize,
    ) {
        let properties = fields.get("properties").and_then(Json::as_object);
        // What a `<<` without a value yet would bring is not known.
        let is_whole = !map.contains("<<");
        for name in
            fields.get("required").and_then(Json::as_array).into_iter().flatten().filter_map(Json::as_str)
        {
            if is_whole && map.get(name).is_none_or(Node::is_null) {
                self.note(Expectation::MissingKey(name.into()), span);
            }
        }
        for entry in map {
            let name = entry.name();
            if let Some(schema) = properties.and_then(|properties| properties.get(name)) {
                self.within(name.into(), |checker| checker.value(schema, &entry.value, references));
                continue;
            }
            match fields.get("additionalProperties").or_else(|| fields.get("unevaluatedProperties")) {
                Some(Json::Bool(false)) if !name.contains("((") && name != "<<" => {
                    let known = properties.into_iter().flat_map(|known| known.keys().cloned()).collect();
                    self.note(Expectation::UnknownKey { name: name.into(), known }, entry.key.span);
                }
                Some(schema @ Json::Object(_)) => {
                    self.within(name.into(), |checker| checker.value(schema, &entry.value, references));
                }
                _ => {}
            }
        }
    }

    /// Takes the branch that fits best; nothing is wrong when one fits.
    fn choice(&mut self, branches: &'schema [Json], value: &Node, references: usize) {
        let mut best: Option<Vec<SchemaMistake>> = None;
        for branch in branches {
            let mut checker = Checker { root: self.root, path: self.path.clone(), mistakes: Vec::new() };
            checker.value(branch, value, references);
            let mistakes = checker.mistakes;
            if mistakes.is_empty() && !(value.is_null()) {
                return;
            }
            if best.as_ref().is_none_or(|best| rank(&mistakes) < rank(best)) {
                best = Some(mistakes);
            }
        }
        self.mistakes.extend(best.unwrap_or_default());
    }

    fn within(&mut self, part: String, check: impl FnOnce(&mut Self)) {
        self.path.push(part);
        check(self);
        self.path.pop();
    }

    fn note(&mut self, expectation: Expectation, span: Span) {
        let path = self.path.join(".").replace(".[", "[");
        self.mistakes.push(SchemaMistake { expectation, path, span, from_variable: false });
    }

    fn note_value(&mut self, expectation: Expectation, value: &Node) {
        self.note(expectation, value.span);
        if let Some(mistake) = self.mistakes.last_mut() {
            mistake.from_variable = value.origin == Origin::Variable;
        }
    }
}

/// Branches that fail deep inside fit better than those of another kind altogether.
fn rank(mistakes: &[SchemaMistake]) -> (bool, usize) {
    let other_kind = mistakes.iter().any(|mistake| {
        matches!(mistake.expectation, Expectation::Other { .. } | Expectation::OtherKind { .. })
    });
    (other_kind, mistakes.len())
}

fn has_kind(value: &Node, kind: &str) -> bool {
    match (kind, &value.value) {
        ("string", Value::String(_))
        | ("boolean", Value::Bool(_))
        | ("null", Value::Null)
        | ("array", Value::List(_))
        | ("object", Value::Map(_))
        | ("number", Value::Number(_)) => true,
        ("integer", Value::Number(number)) => number.as_i64().is_some(),
        _ => false,
    }
}

fn kind_in_words(kind: &str) -> &str {
    match kind {
        "string" => "text",
        "boolean" => "true or false",
        "integer" => "a whole number",
        "number" => "a number",
        "array" => "a list",
        "object" => "a map",
        other => other,
    }
}

fn in_words(value: &Node) -> String {
    match &value.value {
        Value::String(_) => "text".into(),
        other if value.origin == Origin::Variable => other.kind().into(),
        Value::Number(number) => format!("the number {}", number.to_text()),
        Value::Bool(value) => format!("the boolean {value}"),
        other => other.kind().into(),
    }
}

fn plain(value: &Json) -> String {
    value.as_str().map_or_else(|| value.to_string(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use pipeline::yaml::read;

    fn mistakes(schema: &str, value: &str) -> Vec<(Expectation, String)> {
        let schema = read(schema).unwrap().root.unwrap().to_json();
        let value = read(value).unwrap().root.unwrap();
        check(&schema, &value).into_iter().map(|mistake| (mistake.expectation, mistake.path)).collect()
    }

    #[test]
    fn values_are_held_against_the_schema() {
        let schema = "
type: object
required: [uri]
additionalProperties: false
properties:
  uri: {type: string}
  depth: {type: integer, minimum: 1}
  every: {type: string, format: go-duration}
  kind: {enum: [a, b]}
  hosts: {type: array, items: {type: string}}
  flag: {type: boolean, x-flag: true}
  tunnel: {$ref: '#/$defs/tunnel'}
  modules: {oneOf: [{enum: [all]}, {type: array, items: {type: string}}]}
$defs:
  tunnel: {type: object, properties: {port: {type: [string, number]}}, additionalProperties: {type: string}}
";
        let good = [
            "{uri: x, depth: 1, every: 5m, kind: a, hosts: [a], flag: 'true', tunnel: {port: 5, z: q}, modules: [a]}",
            "{uri: ((uri)), depth: ((depth)), hosts: ((hosts)), modules: all, flag: false}",
            "{uri: x, hosts: , flag: }",
            "{\"<<\": ((access))}",
        ];
        for value in good {
            assert_eq!(mistakes(schema, value), [], "{value}");
        }
        let other = |expected: &str, found: &str| Expectation::Other {
            expected: expected.into(),
            found: found.into(),
        };
        let other_kind = |expected: &str, found: &str| Expectation::OtherKind {
            expected: expected.into(),
            found: found.into(),
        };
        let bad = [
            ("{}", Expectation::MissingKey("uri".into()), ""),
            ("{uri: 5}", other_kind("text", "the number 5"), "uri"),
            ("{uri: x, depth: 0}", other("at least 1", "0"), "depth"),
            ("{uri: x, every: 5}", other_kind("text", "the number 5"), "every"),
            ("{uri: x, every: 5x}", other("a duration such as `1h30m`", "`5x`"), "every"),
            ("{uri: x, kind: c}", Expectation::OneOf(vec!["a".into(), "b".into()]), "kind"),
            ("{uri: x, hosts: [a, [b]]}", other_kind("text", "a list"), "hosts[1]"),
            ("{uri: x, tunnel: {z: 5}}", other_kind("text", "the number 5"), "tunnel.z"),
            ("{uri: x, modules: some}", Expectation::OneOf(vec!["all".into()]), "modules"),
        ];
        for (value, expectation, path) in bad {
            assert_eq!(mistakes(schema, value), [(expectation, path.to_owned())], "{value}");
        }
        let unknown = mistakes(schema, "{uri: x, dept: 1}");
        assert!(matches!(&unknown[0].0, Expectation::UnknownKey { name, .. } if name == "dept"));
    }

    #[test]
    fn references_in_a_ring_end() {
        assert_eq!(mistakes("{$ref: '#/a', a: {$ref: '#/a'}}", "x"), []);
    }
}
