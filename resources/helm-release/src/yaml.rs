//! YAML as Helm reads it: the 1.1 booleans and octal numbers of Go's reader, the last of two equal keys.

use serde_json::Value;
use serde_saphyr::options::DuplicateKeyPolicy;
use serde_saphyr::{Options, options};

use kit::{Error, Result};

/// Snippets are off: an error must not repeat a text that may hold secrets.
fn options() -> Options {
    options! {
        legacy_octal_numbers: true,
        duplicate_keys: DuplicateKeyPolicy::LastWins,
        with_snippet: false,
    }
}

/// Reads one document. An empty one is null.
///
/// # Errors
/// When it is not YAML; the message has line and column but nothing of the text.
pub fn parse(text: &str) -> Result<Value> {
    serde_saphyr::from_str_with_options(text, options()).map_err(|problem| not_yaml(&problem))
}

/// Reads a stream of documents and leaves out the empty ones.
///
/// # Errors
/// When it is not YAML.
pub fn documents(text: &str) -> Result<Vec<Value>> {
    let found: Vec<Value> =
        serde_saphyr::from_multiple_with_options(text, options()).map_err(|problem| not_yaml(&problem))?;
    Ok(found.into_iter().filter(|document| !document.is_null()).collect())
}

/// Writes a value as YAML.
///
/// # Errors
/// When the value can't be written, which no JSON value is known to cause.
pub fn to_text(value: &Value) -> Result<String> {
    let text = serde_saphyr::to_string(value);
    text.map_err(|problem| Error::new(format!("cannot write YAML: {problem}")))
}

fn not_yaml(problem: &serde_saphyr::Error) -> Error {
    let place =
        problem.location().map(|place| format!(" (line {}, column {})", place.line(), place.column()));
    Error::new(format!("not YAML{}", place.unwrap_or_default()))
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn yaml_is_read_as_go_reads_it() {
        let cases = [
            ("a: yes", json!({"a": true})),
            ("a: 0644", json!({"a": 420})),
            ("a: 1\na: 2", json!({"a": 2})),
            ("a: 2001-01-01", json!({"a": "2001-01-01"})),
            ("", Value::Null),
        ];
        for (text, expected) in cases {
            assert_eq!(parse(text).unwrap(), expected, "{text}");
        }
    }

    #[test]
    fn an_error_shows_the_place_and_nothing_of_the_text() {
        let error = parse("password: {canary").unwrap_err().to_string();
        assert!(error.starts_with("not YAML (line 1"), "{error}");
        assert!(!error.contains("canary"), "{error}");
    }
}
