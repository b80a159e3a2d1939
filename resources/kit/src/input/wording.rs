//! How the values, types and names of a payload are put into words.

use serde_json::Value;

/// Says which types are expected, and which was found.
pub(super) fn expected(types: &[&str], value: &Value) -> String {
    let mut names: Vec<String> = Vec::new();
    for name in types.iter().filter(|name| **name != "null") {
        let name = type_name(name).to_owned();
        if !names.contains(&name) {
            names.push(name);
        }
    }
    format!("expected {}, found {}", either(&names), describe(value))
}

fn type_name(name: &str) -> &str {
    match name {
        "string" => "a text",
        "number" => "a number",
        "integer" => "a whole number",
        "boolean" => "true or false",
        "object" => "a map",
        "array" => "a list",
        other => other,
    }
}

/// Says what kind of value it is, without its content.
pub(super) fn describe(value: &Value) -> &'static str {
    match value {
        Value::Null => "nothing (null)",
        Value::Bool(_) => "a boolean",
        Value::Number(_) => "a number",
        Value::String(_) => "a text",
        Value::Array(_) => "a list",
        Value::Object(_) => "a map",
    }
}

/// Returns how a value is written where it is allowed.
pub(super) fn plain(value: &Value) -> String {
    value.as_str().map_or_else(|| value.to_string(), |text| format!("`{text}`"))
}

/// Returns how a value is written where it was found.
pub(super) fn quote(value: &Value) -> String {
    match value {
        Value::String(text) => format!("`{text}`"),
        Value::Number(_) | Value::Bool(_) => format!("`{value}`"),
        _ => describe(value).to_owned(),
    }
}

/// Lists alternatives.
pub(super) fn either(names: &[String]) -> String {
    match names {
        [] => "something else".to_owned(),
        [only] => only.clone(),
        [first @ .., last] => format!("{} or {last}", first.join(", ")),
    }
}

/// Returns a hint with the known name that `name` was probably meant to be.
pub fn nearest_name<'n>(name: &str, known: impl Iterator<Item = &'n str>) -> Option<String> {
    let fold = |text: &str| text.trim_matches('`').to_lowercase().replace('-', "_");
    let wanted = fold(name);
    let distance = |candidate: &str| strsim::damerau_levenshtein(&wanted, &fold(candidate));
    let nearest = known.min_by_key(|candidate| distance(candidate))?;
    let close = distance(nearest) <= (wanted.len().max(fold(nearest).len()) / 3).max(1);
    close.then(|| format!("did you mean `{}`?", nearest.trim_matches('`')))
}
