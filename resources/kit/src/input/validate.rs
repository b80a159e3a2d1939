//! Checks a JSON value against a JSON Schema and reports everything that is wrong with it.
//!
//! It knows what schemars makes of Rust types, and the extensions that [`crate::Resource`] lists. Values at
//! `writeOnly` places are secrets: they are registered for redaction before any message is made, and no message
//! repeats them, nor the value of an unknown key, which may be a misspelt secret.

use serde_json::{Map, Value};

use super::keywords::{alternatives, constants, is_one_of, is_secret, types};
use super::mistake::{Mistake, Path};
use super::wording::{describe, either, expected, nearest_name, plain, quote};
use crate::redact;

/// What a validation found.
#[derive(Debug, Default)]
pub struct Findings {
    /// Why the value can't be used; empty when it can.
    pub mistakes: Vec<Mistake>,
    /// Fields that no schema knows. They are mistakes unless the caller tolerates them.
    pub unknown: Vec<Mistake>,
    /// Fields that are accepted without effect, with the reason.
    pub ignored: Vec<Mistake>,
}

/// Validates `value` against `schema`, whose `$ref`s it resolves itself. `path` is where the value stands.
pub fn validate(schema: &Value, value: &Value, path: &Path) -> Findings {
    let mut findings = Findings::default();
    Validator { root: schema, findings: &mut findings }.check(schema, value, path);
    findings
}

struct Validator<'a> {
    root: &'a Value,
    findings: &'a mut Findings,
}

impl<'a> Validator<'a> {
    fn check(&mut self, schema: &'a Value, value: &Value, path: &Path) {
        let schema = self.resolve(schema);
        if is_secret(schema) {
            register(value);
        }
        if let Some(choices) = alternatives(schema) {
            self.check_alternatives(choices, value, path);
        }
        for part in schema.get("allOf").and_then(Value::as_array).into_iter().flatten() {
            self.check(part, value, path);
        }
        if !self.type_fits(schema, value, path) || !self.value_fits(schema, value, path) {
            return;
        }
        match value {
            Value::Object(object) => self.check_object(schema, object, path),
            Value::Array(items) => self.check_items(schema, items, path),
            Value::String(text) => self.check_text(schema, text, path),
            Value::Number(number) => self.check_range(schema, number.as_f64(), path),
            _ => {}
        }
    }

    fn resolve(&self, schema: &'a Value) -> &'a Value {
        let mut current = schema;
        // A chain of references longer than this is a loop, which schemars never makes.
        for _ in 0..32 {
            let Some(reference) = current.get("$ref").and_then(Value::as_str) else { return current };
            let Some(target) = self.root.pointer(reference.trim_start_matches('#')) else { return current };
            current = target;
        }
        current
    }

    /// Takes the alternative that fits; else reports what is wrong with the one that comes nearest.
    fn check_alternatives(&mut self, choices: &'a [Value], value: &Value, path: &Path) {
        let mut nearest: Option<Findings> = None;
        let fitting_type = |schema: &&Value| {
            let schema = self.resolve(schema);
            alternatives(schema).is_some() || types(schema).is_none_or(|types| is_one_of(value, &types))
        };
        let mut candidates: Vec<_> = choices.iter().filter(fitting_type).collect();
        if candidates.is_empty() {
            let allowed: Vec<_> =
                choices.iter().filter_map(|schema| types(self.resolve(schema))).flatten().collect();
            return self.mistake(path, expected(&allowed, value), None);
        }
        if let Some(allowed) = self.constants(&candidates) {
            return self.check_constants(&allowed, value, path);
        }
        if candidates.len() > 1 {
            candidates.sort_by_key(|schema| !self.tag_fits(schema, value));
        }
        for choice in candidates {
            let mut findings = Findings::default();
            Validator { root: self.root, findings: &mut findings }.check(choice, value, path);
            let wrong = |findings: &Findings| findings.mistakes.len() + findings.unknown.len();
            if nearest.as_ref().is_none_or(|best| wrong(&findings) < wrong(best)) {
                nearest = Some(findings);
            }
        }
        if let Some(found) = nearest {
            self.findings.mistakes.extend(found.mistakes);
            self.findings.unknown.extend(found.unknown);
            self.findings.ignored.extend(found.ignored);
        }
    }

    /// Returns the values of alternatives that are nothing but values, as an enum's documented variants are.
    fn constants(&self, choices: &[&'a Value]) -> Option<Vec<&'a Value>> {
        let of_one = |schema: &&'a Value| {
            let schema = self.resolve(schema);
            constants(schema).filter(|_| schema.get("x-flag").is_none() && !is_secret(schema))
        };
        choices.iter().map(of_one).collect::<Option<Vec<_>>>().map(|values| values.concat())
    }

    fn check_constants(&mut self, allowed: &[&Value], value: &Value, path: &Path) {
        if !allowed.contains(&value) {
            let names: Vec<String> = allowed.iter().map(|value| plain(value)).collect();
            self.unexpected_value(&names, quote(value), value, path);
        }
    }

    fn unexpected_value(&mut self, names: &[String], found: String, value: &Value, path: &Path) {
        let hint = value.as_str().and_then(|text| nearest_name(text, names.iter().map(String::as_str)));
        self.mistake(path, format!("expected {}, found {found}", either(names)), hint);
    }

    /// Tells whether a constant field of the schema (an enum's tag) has its value.
    fn tag_fits(&self, schema: &'a Value, value: &Value) -> bool {
        let properties = self.resolve(schema).get("properties").and_then(Value::as_object);
        properties
            .into_iter()
            .flatten()
            .any(|(name, field)| field.get("const").is_some_and(|constant| value.get(name) == Some(constant)))
    }

    fn type_fits(&mut self, schema: &Value, value: &Value, path: &Path) -> bool {
        let Some(allowed) = types(schema) else { return true };
        let fits = is_one_of(value, &allowed);
        if !fits {
            self.mistake(path, expected(&allowed, value), None);
        }
        fits
    }

    fn value_fits(&mut self, schema: &Value, value: &Value, path: &Path) -> bool {
        let Some(allowed) = constants(schema) else { return true };
        if allowed.contains(&value) {
            return true;
        }
        let flag = schema.get("x-flag").is_some();
        let names: Vec<String> = match flag {
            true => vec!["true".into(), "false".into()],
            false => allowed.iter().map(|value| plain(value)).collect(),
        };
        let found = if is_secret(schema) { describe(value).to_owned() } else { quote(value) };
        self.unexpected_value(&names, found, value, path);
        false
    }

    fn check_object(&mut self, schema: &'a Value, object: &Map<String, Value>, path: &Path) {
        let empty = Map::new();
        let properties = schema.get("properties").and_then(Value::as_object);
        let known = properties.unwrap_or(&empty);
        for name in schema.get("required").and_then(Value::as_array).into_iter().flatten() {
            let name = name.as_str().unwrap_or_default();
            if !object.contains_key(name) {
                self.mistake(path, format!("`{name}` is missing"), None);
            }
        }
        for (name, value) in object {
            let place = path.key(name);
            match (properties.and_then(|fields| fields.get(name)), schema.get("additionalProperties")) {
                (Some(field), _) => self.check(field, value, &place),
                (None, Some(Value::Bool(false))) => self.unknown_field(schema, known, name, &place),
                (None, Some(other)) if other.is_object() => {
                    self.check_other(other, known, name, value, &place)
                }
                (None, _) => {}
            }
        }
    }

    /// Checks a field that may have any name. If it can't be used, it is perhaps a known one, misspelt.
    fn check_other(
        &mut self,
        schema: &'a Value,
        known: &Map<String, Value>,
        name: &str,
        value: &Value,
        place: &Path,
    ) {
        let before = self.findings.mistakes.len();
        self.check(schema, value, place);
        let meant = nearest_name(name, known.keys().map(String::as_str));
        for mistake in self.findings.mistakes.iter_mut().skip(before) {
            mistake.hint = mistake.hint.take().or_else(|| meant.clone());
        }
    }

    fn unknown_field(&mut self, schema: &Value, known: &Map<String, Value>, name: &str, place: &Path) {
        let reason = |extension: &str| schema.get(extension)?.get(name)?.as_str().map(str::to_owned);
        if let Some(reason) = reason("x-ignored") {
            let message = format!("has no effect: {reason}");
            return self.findings.ignored.push(Mistake { path: place.clone(), message, hint: None });
        }
        if let Some(reason) = reason("x-refused") {
            return self.mistake(place, format!("is not supported: {reason}"), None);
        }
        let names = known.keys().map(String::as_str);
        let hint = nearest_name(name, names.clone()).or_else(|| {
            let names: Vec<_> = names.map(|name| format!("`{name}`")).collect();
            (!names.is_empty()).then(|| format!("known are {}", names.join(", ")))
        });
        let message = "unknown field".to_owned();
        self.findings.unknown.push(Mistake { path: place.clone(), message, hint });
    }

    fn check_items(&mut self, schema: &'a Value, items: &[Value], path: &Path) {
        let bound = |name: &str| schema.get(name).and_then(Value::as_u64);
        if let Some(least) = bound("minItems").filter(|least| (items.len() as u64) < *least) {
            self.mistake(path, format!("expected at least {least} entries, found {}", items.len()), None);
        }
        if let Some(most) = bound("maxItems").filter(|most| (items.len() as u64) > *most) {
            self.mistake(path, format!("expected at most {most} entries, found {}", items.len()), None);
        }
        let Some(each) = schema.get("items") else { return };
        for (index, item) in items.iter().enumerate() {
            self.check(each, item, &path.index(index));
        }
    }

    fn check_text(&mut self, schema: &Value, text: &str, path: &Path) {
        let length = text.chars().count() as u64;
        if schema.get("minLength").and_then(Value::as_u64).is_some_and(|least| length < least) {
            self.mistake(path, "must not be empty".to_owned(), None);
        }
    }

    fn check_range(&mut self, schema: &Value, number: Option<f64>, path: &Path) {
        let bound = |name: &str| schema.get(name).and_then(Value::as_f64);
        let Some(number) = number else { return };
        let low = bound("minimum").filter(|least| number < *least);
        let high = bound("maximum").filter(|most| number > *most);
        if low.is_none() && high.is_none() {
            return;
        }
        let range = match (bound("minimum"), bound("maximum")) {
            (Some(least), Some(most)) => format!("from {least} to {most}"),
            (Some(least), None) => format!("of at least {least}"),
            (None, most) => format!("of at most {}", most.unwrap_or_default()),
        };
        self.mistake(path, format!("expected a number {range}, found {number}"), None);
    }

    fn mistake(&mut self, path: &Path, message: String, hint: Option<String>) {
        self.findings.mistakes.push(Mistake { path: path.clone(), message, hint });
    }
}

fn register(value: &Value) {
    match value {
        Value::String(text) => redact::register(text),
        Value::Number(number) => redact::register(&number.to_string()),
        Value::Array(items) => items.iter().for_each(register),
        Value::Object(fields) => fields.values().for_each(register),
        Value::Bool(_) | Value::Null => {}
    }
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn schema() -> Value {
        json!({
            "type": "object",
            "additionalProperties": false,
            "required": ["repository"],
            "x-ignored": {"old": "the server does it"},
            "x-refused": {"tiller": "Helm 2 is over"},
            "properties": {
                "repository": {"type": "string", "minLength": 1},
                "password": {"type": ["string", "number"], "writeOnly": true},
                "insecure": {"enum": [true, false, "true", "false", ""], "x-flag": true},
                "format": {"enum": ["rootfs", "oci"]},
                "jobs": {"type": "integer", "minimum": 1, "maximum": 32},
                "mirrors": {"type": "array", "items": {"$ref": "#/$defs/Mirror"}},
                "role": {"oneOf": [{"const": "read", "type": "string"}, {"const": "write", "type": "string"}]},
                "headers": {"type": "object", "properties": {"accept": {"type": "integer"}},
                    "additionalProperties": {"type": "string"}},
                "image": {"anyOf": [{"type": "string"}, {"$ref": "#/$defs/Mirror"}]}
            },
            "$defs": {"Mirror": {"type": "object", "additionalProperties": false, "required": ["host"],
                "properties": {"host": {"type": "string"}}}}
        })
    }

    fn found(value: &Value) -> Vec<String> {
        let findings = validate(&schema(), value, &Path::root("source"));
        findings
            .mistakes
            .iter()
            .chain(&findings.unknown)
            .chain(&findings.ignored)
            .map(Mistake::to_string)
            .collect()
    }

    #[test]
    fn each_mistake_is_named_with_its_place_and_remedy() {
        let cases = [
            (json!({"repository": "a"}), vec![]),
            (json!({}), vec!["`source`: `repository` is missing"]),
            (json!({"repository": ""}), vec!["`source.repository`: must not be empty"]),
            (json!({"repository": 7}), vec!["`source.repository`: expected a text, found a number"]),
            (
                json!({"repository": "a", "pasword": "s"}),
                vec!["`source.pasword`: unknown field; did you mean `password`?"],
            ),
            (
                json!({"repository": "a", "insecure": "yes"}),
                vec!["`source.insecure`: expected true or false, found `yes`"],
            ),
            (
                json!({"repository": "a", "format": "root"}),
                vec!["`source.format`: expected `rootfs` or `oci`, found `root`; did you mean `rootfs`?"],
            ),
            (
                json!({"repository": "a", "jobs": 99}),
                vec!["`source.jobs`: expected a number from 1 to 32, found 99"],
            ),
            (
                json!({"repository": "a", "mirrors": [{"host": "x"}, {"hots": "y"}]}),
                vec![
                    "`source.mirrors[1]`: `host` is missing",
                    "`source.mirrors[1].hots`: unknown field; did you mean `host`?",
                ],
            ),
            (
                json!({"repository": "a", "image": [1]}),
                vec!["`source.image`: expected a text or a map, found a list"],
            ),
            (
                json!({"repository": "a", "image": {"host": 1}}),
                vec!["`source.image.host`: expected a text, found a number"],
            ),
            (
                json!({"repository": "a", "role": "wrte"}),
                vec!["`source.role`: expected `read` or `write`, found `wrte`; did you mean `write`?"],
            ),
            (json!({"repository": "a", "role": "read", "headers": {"x": "y", "accept": 1}}), vec![]),
            (
                json!({"repository": "a", "headers": {"acept": 1}}),
                vec!["`source.headers.acept`: expected a text, found a number; did you mean `accept`?"],
            ),
            (json!({"repository": "a", "old": 1}), vec!["`source.old`: has no effect: the server does it"]),
            (
                json!({"repository": "a", "tiller": 1}),
                vec!["`source.tiller`: is not supported: Helm 2 is over"],
            ),
        ];
        for (value, expected) in cases {
            assert_eq!(found(&value), expected, "{value}");
        }
    }

    #[test]
    fn secrets_are_registered_before_they_could_be_printed() {
        found(&json!({"repository": "a", "password": "validate-canary"}));
        assert_eq!(redact::scrub("validate-canary"), redact::REPLACEMENT);
    }
}
