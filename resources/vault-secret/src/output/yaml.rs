//! YAML, in the plainest of its forms: block maps and lists, every text in double quotes.
//!
//! No text can then be taken for a number, a boolean or a date, by a reader of YAML 1.1 or 1.2. A library that writes
//! prettier YAML decides by rules of its own version which texts need quotes.

use std::fmt::Write;

use serde_json::{Map, Value};

/// Writes an object.
pub(super) fn render(structure: &Map<String, Value>) -> String {
    let mut text = String::new();
    if structure.is_empty() {
        return "{}\n".into();
    }
    write_fields(structure, 0, &mut text);
    text
}

fn write_fields(fields: &Map<String, Value>, depth: usize, text: &mut String) {
    for (key, value) in fields {
        let _ = write!(text, "{:depth$}{}:", "", quoted(key));
        write_value(value, depth, text);
    }
}

/// Writes a value after a colon or a dash.
fn write_value(value: &Value, depth: usize, text: &mut String) {
    match value {
        Value::Object(fields) if !fields.is_empty() => {
            text.push('\n');
            write_fields(fields, depth + 2, text);
        }
        Value::Array(items) if !items.is_empty() => {
            text.push('\n');
            for item in items {
                let _ = write!(text, "{:depth$}-", "");
                write_value(item, depth + 2, text);
            }
        }
        Value::String(inner) => {
            let _ = writeln!(text, " {}", quoted(inner));
        }
        other => {
            let _ = writeln!(text, " {other}");
        }
    }
}

/// JSON's escapes are YAML's as well; what YAML counts as not printable is escaped in addition.
fn quoted(text: &str) -> String {
    let mut quoted = String::new();
    for character in Value::String(text.to_owned()).to_string().chars() {
        match character {
            '\u{7f}'..='\u{9f}' | '\u{2028}' | '\u{2029}' | '\u{feff}' | '\u{fffe}' | '\u{ffff}' => {
                let _ = write!(quoted, "\\u{:04x}", u32::from(character));
            }
            plain => quoted.push(plain),
        }
    }
    quoted
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn every_text_is_quoted_and_nesting_is_kept() {
        let Value::Object(fields) = json!({
            "a": "yes", "n": 1, "t": "line\nnext \u{2028}\u{85}", "list": ["x", {"y": []}], "empty": {}, "deep": {"er": {"k": null}}
        }) else {
            panic!("an object")
        };
        assert_eq!(
            render(&fields),
            "\"a\": \"yes\"\n\"n\": 1\n\"t\": \"line\\nnext \\u2028\\u0085\"\n\"list\":\n- \"x\"\n-\n    \"y\": []\n\
             \"empty\": {}\n\"deep\":\n  \"er\":\n    \"k\": null\n"
        );
    }
}
