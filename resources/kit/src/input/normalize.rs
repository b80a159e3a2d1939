//! Brings a value into the spelling that the Rust types read, before it is validated.

use serde_json::Value;

use super::mistake::{Mistake, Path};

/// Renames aliased keys (`x-aliases`) to their own names, everywhere in `value`, and drops keys whose value is
/// null where the schema does not ask for null: Concourse users write `key: ((maybe))`, and null means "not given".
///
/// A key that is given under two of its names is a mistake.
pub(super) fn normalize(schema: &Value, value: &mut Value, path: &Path, mistakes: &mut Vec<Mistake>) {
    Normalizer { root: schema, mistakes }.visit(schema, value, path, 0);
}

/// Removes the fields at `places`, which an unknown-field check found.
pub(super) fn remove(value: &mut Value, places: &[Mistake]) {
    for place in places {
        let [_, parents @ .., super::Segment::Key(name)] = place.path.segments() else { continue };
        let mut parent = Some(&mut *value);
        for segment in parents {
            parent = parent.and_then(|value| match segment {
                super::Segment::Key(key) => value.get_mut(key),
                super::Segment::Index(index) => value.get_mut(index),
            });
        }
        if let Some(Value::Object(fields)) = parent {
            fields.shift_remove(name);
        }
    }
}

/// Payloads nest a few levels; serde_json itself stops at 128.
const DEEPEST: usize = 130;

struct Normalizer<'a> {
    root: &'a Value,
    mistakes: &'a mut Vec<Mistake>,
}

impl<'a> Normalizer<'a> {
    fn visit(&mut self, schema: &'a Value, value: &mut Value, path: &Path, depth: usize) {
        if depth > DEEPEST {
            return;
        }
        if let Some(reference) = schema.get("$ref").and_then(Value::as_str)
            && let Some(target) = self.root.pointer(reference.trim_start_matches('#'))
        {
            self.visit(target, value, path, depth + 1);
        }
        for group in ["oneOf", "anyOf", "allOf"] {
            for part in schema.get(group).and_then(Value::as_array).into_iter().flatten() {
                self.visit(part, value, path, depth + 1);
            }
        }
        match value {
            Value::Object(_) => self.visit_object(schema, value, path, depth),
            Value::Array(items) => {
                let Some(each) = schema.get("items") else { return };
                for (index, item) in items.iter_mut().enumerate() {
                    self.visit(each, item, &path.index(index), depth + 1);
                }
            }
            _ => {}
        }
    }

    fn visit_object(&mut self, schema: &'a Value, value: &mut Value, path: &Path, depth: usize) {
        let Value::Object(fields) = value else { return };
        let known = schema.get("properties").and_then(Value::as_object);
        for (name, field) in known.into_iter().flatten() {
            let aliases = field.get("x-aliases").and_then(Value::as_array).into_iter().flatten();
            for alias in aliases.filter_map(Value::as_str) {
                let Some(given) = fields.shift_remove(alias) else { continue };
                let counts = |value: &Value| !value.is_null() || takes_null(field);
                if !counts(&given) {
                    continue;
                }
                if fields.get(name).is_some_and(counts) {
                    let message = format!("given twice: `{alias}` is another name of `{name}`");
                    self.mistakes.push(Mistake { path: path.key(alias), message, hint: None });
                } else {
                    fields.insert(name.clone(), given);
                }
            }
            if fields.get(name).is_some_and(Value::is_null) && !takes_null(field) {
                fields.shift_remove(name);
            }
            if let Some(inner) = fields.get_mut(name) {
                self.visit(field, inner, &path.key(name), depth + 1);
            }
        }
        if let Some(rest) = schema.get("additionalProperties").filter(|rest| rest.is_object()) {
            let others: Vec<String> = fields
                .keys()
                .filter(|key| known.is_none_or(|known| !known.contains_key(*key)))
                .cloned()
                .collect();
            for key in others {
                if let Some(inner) = fields.get_mut(&key) {
                    self.visit(rest, inner, &path.key(&key), depth + 1);
                }
            }
        }
    }
}

/// Only where null is a value of its own, which a type says by `x-null`.
fn takes_null(field: &Value) -> bool {
    field.get("x-null").is_some() || field.as_bool() == Some(true)
}
