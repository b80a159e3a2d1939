//! What a `load_var` step makes of a file.

use super::flags::keep_digits;
use crate::source::Span;
use crate::yaml::{self, Node, Number, Style, Value};

/// How a file is read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum LoadFormat {
    /// One JSON value; numbers keep their digits.
    Json,
    /// The first YAML document; numbers keep their value.
    Yaml,
    /// Text, blanks and line breaks around it taken away.
    Trim,
    /// Text as it is.
    Raw,
}

/// Why a file gives no value, in Concourse's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
pub enum InvalidLoadedFile {
    /// The step asks for a format that there is not.
    #[error("invalid format {0}")]
    Format(String),
    /// The file is not in its format.
    #[error("failed to parse {file} in format {format}: {reason}")]
    Content {
        /// The file, as the step names it.
        file: String,
        /// The format.
        format: &'static str,
        /// What is wrong.
        reason: String,
    },
}

impl LoadFormat {
    /// Chooses the format that the step asks for, else that of the file's extension, else `trim`.
    ///
    /// # Errors
    /// There is no format of that name.
    pub fn choose(asked: Option<&str>, file: &str) -> Result<Self, InvalidLoadedFile> {
        if let Some(asked) = asked.filter(|asked| !asked.is_empty()) {
            return Self::named(asked).ok_or_else(|| InvalidLoadedFile::Format(asked.into()));
        }
        let name = file.rsplit('/').next().unwrap_or_default();
        let extension = name.rsplit_once('.').map_or("", |(_, extension)| extension);
        Ok(Self::named(extension).unwrap_or(Self::Trim))
    }

    /// Reads a file's text. `file` is its name for messages.
    ///
    /// # Errors
    /// The text is not in this format.
    pub fn read(self, text: &str, file: &str) -> Result<Node, InvalidLoadedFile> {
        let invalid = |format, reason| InvalidLoadedFile::Content { file: file.into(), format, reason };
        match self {
            Self::Raw => Ok(Node::string(text, Span::default())),
            Self::Trim => Ok(Node::string(text.trim(), Span::default())),
            Self::Yaml => {
                let document = yaml::read(text).map_err(|error| invalid("yaml", error.message))?;
                let mut node = document.root.unwrap_or_else(|| Node::new(Value::Null, Span::default()));
                keep_digits(&mut node);
                Ok(node)
            }
            Self::Json => read_json(text).map_err(|reason| invalid("json", reason)),
        }
    }

    fn named(name: &str) -> Option<Self> {
        match name {
            "json" => Some(Self::Json),
            "yml" | "yaml" => Some(Self::Yaml),
            "trim" => Some(Self::Trim),
            "raw" => Some(Self::Raw),
            _ => None,
        }
    }
}

/// Reads one JSON value. Once the text is known to be JSON, which is YAML as well, the YAML reader keeps what
/// `serde_json` forgets: the digits of numbers.
fn read_json(text: &str) -> Result<Node, String> {
    serde_json::from_str::<serde_json::Value>(text).map_err(|error| error.to_string())?;
    let text = without_escaped_slashes(text);
    let document = yaml::read(&text).map_err(|error| error.message)?;
    let mut node = document.root.unwrap_or_else(|| Node::new(Value::Null, Span::default()));
    take_digits(&mut node, &text);
    Ok(node)
}

/// Writes `\/` as `/`: JSON has this escape, YAML 1.1 does not. A backslash before is part of `\\`.
fn without_escaped_slashes(text: &str) -> String {
    let mut plain = String::with_capacity(text.len());
    let mut characters = text.chars().peekable();
    while let Some(character) = characters.next() {
        if character != '\\' {
            plain.push(character);
            continue;
        }
        match characters.next() {
            Some('/') => plain.push('/'),
            Some(escaped) => plain.extend(['\\', escaped]),
            None => plain.push('\\'),
        }
    }
    plain
}

/// Gives numbers the digits they were written with. In JSON every plain scalar but three words is a number.
fn take_digits(node: &mut Node, text: &str) {
    let written = text.get(node.span.range()).unwrap_or_default();
    let is_number = node.style == Style::Plain && !matches!(written, "true" | "false" | "null" | "");
    node.span = Span::default();
    match &mut node.value {
        Value::List(items) => items.iter_mut().for_each(|item| take_digits(item, text)),
        Value::Map(map) => map.iter_mut().for_each(|entry| take_digits(&mut entry.value, text)),
        value if is_number => *value = Value::Number(Number::Digits(written.into())),
        _ => {}
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::vars::{Missing, StaticVariables, interpolate};

    #[test]
    fn formats_are_chosen_by_name_then_by_extension() {
        let cases = [
            (None, "a/b.json", Ok(LoadFormat::Json)),
            (None, "a/b.yml", Ok(LoadFormat::Yaml)),
            (None, "a/b.raw", Ok(LoadFormat::Raw)),
            (None, "a.json/version", Ok(LoadFormat::Trim)),
            (None, "a/b.txt", Ok(LoadFormat::Trim)),
            (Some("raw"), "a/b.json", Ok(LoadFormat::Raw)),
            (Some("toml"), "a/b", Err("invalid format toml")),
        ];
        for (asked, file, expected) in cases {
            let chosen = LoadFormat::choose(asked, file).map_err(|error| error.to_string());
            assert_eq!(
                chosen.as_ref().map_err(String::as_str),
                expected.as_ref().map_err(|error| *error),
                "{file}"
            );
        }
    }

    #[test]
    fn numbers_may_stand_within_text_as_their_format_keeps_them() {
        let cases = [
            (LoadFormat::Json, r#"{"f": 1.50}"#, "x-1.50"),
            (LoadFormat::Json, r#"{"f": 12345678901234567890}"#, "x-12345678901234567890"),
            (LoadFormat::Json, r#"{"f": 1E30}"#, "x-1E30"),
            (LoadFormat::Json, "{\n\t\"f\": \"a\\/b\\\\/\"\n}", "x-a/b\\/"),
            (LoadFormat::Yaml, "f: 1.50", "x-1.5"),
            (LoadFormat::Yaml, "f: 12345678901234567890", "x-12345678901234567890"),
        ];
        for (format, text, expected) in cases {
            let value = format.read(text, "a/b").unwrap();
            let mut variables = crate::yaml::Map::new();
            variables.insert(crate::yaml::Entry::new("v", value));
            let template = Node::string("x-((v.f))", Span::default());
            let filled = interpolate(template, &StaticVariables::new(variables), Missing::Refuse).unwrap();
            assert_eq!(filled.as_str(), Some(expected), "{text}");
        }
    }

    #[test]
    fn text_is_trimmed_or_not() {
        assert_eq!(LoadFormat::Trim.read(" 1.0\n", "f").unwrap().as_str(), Some("1.0"));
        assert_eq!(LoadFormat::Raw.read(" 1.0\n", "f").unwrap().as_str(), Some(" 1.0\n"));
    }

    #[test]
    fn more_than_one_json_value_is_refused() {
        for text in ["1 2", "{} x", "", "{a: 1}"] {
            let error = LoadFormat::Json.read(text, "a/b.json").unwrap_err().to_string();
            assert!(error.starts_with("failed to parse a/b.json in format json: "), "{error}");
        }
    }
}
