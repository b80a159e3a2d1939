//! Formats of one line per key: dotenv, shell exports, Java properties.

use std::fmt::Write;

use kit::{Error, Result};

use crate::secret::Content;

type Pairs<'s> = [(String, &'s Content)];

/// Writes dotenv. A value is in single quotes, which every reader takes literally; one that holds such a quote is in
/// double quotes with backslashes.
pub(super) fn env(pairs: &Pairs<'_>) -> Result<String> {
    let mut text = String::new();
    for (key, value) in pairs {
        let value = variable(key, value)?;
        let quoted = if value.contains('\'') { double_quoted(&value) } else { format!("'{value}'") };
        let _ = writeln!(text, "{key}={quoted}");
    }
    Ok(text)
}

/// Writes `export` lines that any POSIX shell can source.
pub(super) fn shell(pairs: &Pairs<'_>) -> Result<String> {
    let mut text = String::new();
    for (key, value) in pairs {
        let value = variable(key, value)?.replace('\'', r"'\''");
        let _ = writeln!(text, "export {key}='{value}'");
    }
    Ok(text)
}

/// Writes Java properties, in ASCII: readers differ in the encoding that they expect.
pub(super) fn properties(pairs: &Pairs<'_>) -> Result<String> {
    let mut text = String::new();
    for (key, value) in pairs {
        let _ = writeln!(text, "{}={}", property(key, true), property(&text_of(key, value)?, false));
    }
    Ok(text)
}

fn text_of(key: &str, value: &Content) -> Result<String> {
    value.text().ok_or_else(|| {
        Error::new(format!("the value of `{key}` is binary"))
            .hint("write it with `format: files`, or do not decode it")
    })
}

fn variable(key: &str, value: &Content) -> Result<String> {
    let starts_well = key.starts_with(|first: char| first.is_ascii_alphabetic() || first == '_');
    if !starts_well || !key.chars().all(|character| character.is_ascii_alphanumeric() || character == '_') {
        return Err(Error::new(format!("`{key}` is no name of a variable")).hint(
            "`sanitize: true` replaces what does not fit, `prefix` helps against a digit at the start",
        ));
    }
    let text = text_of(key, value)?;
    if text.contains('\0') {
        return Err(Error::new(format!("the value of `{key}` holds a zero byte, which no variable can")));
    }
    Ok(text)
}

fn double_quoted(value: &str) -> String {
    let mut quoted = String::from("\"");
    for character in value.chars() {
        match character {
            '"' | '\\' | '$' | '`' => quoted.extend(['\\', character]),
            '\n' => quoted.push_str("\\n"),
            '\r' => quoted.push_str("\\r"),
            plain => quoted.push(plain),
        }
    }
    quoted.push('"');
    quoted
}

/// Escapes by the rules of `java.util.Properties.load`.
fn property(text: &str, is_key: bool) -> String {
    let mut escaped = String::new();
    for (position, character) in text.char_indices() {
        match character {
            '\n' => escaped.push_str("\\n"),
            '\r' => escaped.push_str("\\r"),
            '\t' => escaped.push_str("\\t"),
            '\\' => escaped.push_str("\\\\"),
            ' ' if is_key || position == 0 => escaped.push_str("\\ "),
            '=' | ':' | '#' | '!' if is_key => escaped.extend(['\\', character]),
            ' '..='~' => escaped.push(character),
            other => {
                let mut units = [0_u16; 2];
                for unit in other.encode_utf16(&mut units) {
                    let _ = write!(escaped, "\\u{unit:04x}");
                }
            }
        }
    }
    escaped
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn pairs<'s>(contents: &'s [(&str, Content)]) -> Vec<(String, &'s Content)> {
        contents.iter().map(|(key, content)| ((*key).to_owned(), content)).collect()
    }

    #[test]
    fn values_are_quoted_for_their_readers() {
        let contents = [
            ("PLAIN", Content::Json(json!("a b$c\nd"))),
            ("QUOTE", Content::Json(json!("it's \"$x\"\n"))),
            ("NUMBER", Content::Json(json!(5432))),
        ];
        assert_eq!(
            env(&pairs(&contents)).unwrap(),
            "PLAIN='a b$c\nd'\nQUOTE=\"it's \\\"\\$x\\\"\\n\"\nNUMBER='5432'\n"
        );
        assert_eq!(
            shell(&pairs(&contents)).unwrap(),
            "export PLAIN='a b$c\nd'\nexport QUOTE='it'\\''s \"$x\"\n'\nexport NUMBER='5432'\n"
        );
        let contents = [("a key:", Content::Json(json!(" =ü\u{1f511}\\\n")))];
        assert_eq!(properties(&pairs(&contents)).unwrap(), "a\\ key\\:=\\ =\\u00fc\\ud83d\\udd11\\\\\\n\n");
    }

    #[test]
    fn what_no_variable_can_hold_is_refused() {
        for (key, content) in [
            ("1x", Content::Json(json!("a"))),
            ("a-b", Content::Json(json!("a"))),
            ("", Content::Json(json!("a"))),
            ("a", Content::Bytes(vec![255])),
            ("a", Content::Json(json!("a\u{0}b"))),
        ] {
            assert!(shell(&pairs(&[(key, content)])).is_err(), "{key}");
        }
    }
}
