//! What stands between the parentheses: `[source:]path[.field…]`.

use std::fmt;
use std::str::FromStr;

use crate::yaml::gofmt;

/// A reference to a variable.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash)]
pub struct Reference {
    /// The variable source, `.` for the build's own variables; none for the global manager.
    pub source: Option<String>,
    /// The variable.
    pub path: String,
    /// Fields of its value, from the outside in.
    pub fields: Vec<String>,
}

/// Why text is no reference, in Concourse's words.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("invalid var '{name}': {reason}")]
pub struct InvalidReference {
    /// The text.
    pub name: String,
    /// What is wrong with it.
    pub reason: &'static str,
}

impl Reference {
    /// Returns a reference to a variable without source or fields.
    pub fn to_path(path: impl Into<String>) -> Self {
        Self { source: None, path: path.into(), fields: Vec::new() }
    }

    /// Returns the same reference without its source.
    #[must_use]
    pub fn without_source(&self) -> Self {
        Self { source: None, path: self.path.clone(), fields: self.fields.clone() }
    }

    /// Returns source and path, which is what counts when variables are looked for that nothing uses.
    pub fn identifier(&self) -> String {
        match &self.source {
            Some(source) => format!("{source}:{}", self.path),
            None => self.path.clone(),
        }
    }
}

impl FromStr for Reference {
    type Err = InvalidReference;

    fn from_str(name: &str) -> Result<Self, InvalidReference> {
        let invalid = |reason| InvalidReference { name: name.into(), reason };
        let (source, rest) = match find_unquoted(name, ':') {
            Some(colon) => (&name[..colon], &name[colon + 1..]),
            None => ("", name),
        };
        if source.contains('"') {
            return Err(invalid("source must not be quoted"));
        }
        let mut segments = segments(rest);
        if segments.iter().any(String::is_empty) {
            return Err(invalid("empty field"));
        }
        let path = segments.remove(0);
        Ok(Self { source: (!source.is_empty()).then(|| source.into()), path, fields: segments })
    }
}

impl fmt::Display for Reference {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        if let Some(source) = &self.source {
            write!(formatter, "{source}:")?;
        }
        formatter.write_str(&shown(&self.path))?;
        self.fields.iter().try_for_each(|field| write!(formatter, ".{}", shown(field)))
    }
}

fn shown(segment: &str) -> String {
    if segment.contains([',', '.', ':', '/', ' ']) { gofmt::quote(segment) } else { segment.into() }
}

/// Splits at the dots outside quotes, blanks around and quotes within removed. Never empty.
fn segments(text: &str) -> Vec<String> {
    let mut segments = Vec::new();
    let mut rest = Some(text);
    while let Some(text) = rest {
        let (segment, after) = match find_unquoted(text, '.') {
            Some(dot) => (&text[..dot], Some(&text[dot + 1..])),
            None => (text, None),
        };
        segments.push(segment.trim().replace('"', ""));
        rest = after;
    }
    segments
}

fn find_unquoted(text: &str, wanted: char) -> Option<usize> {
    let mut quoted = false;
    text.char_indices().find_map(|(index, character)| {
        if character == '"' {
            quoted = !quoted;
        }
        (character == wanted && !quoted).then_some(index)
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn references_are_split_outside_quotes() {
        let cases: &[(&str, Option<&str>, &str, &[&str])] = &[
            ("x", None, "x", &[]),
            ("a.b.c", None, "a", &["b", "c"]),
            ("vault:a/b.c", Some("vault"), "a/b", &["c"]),
            (".:x", Some("."), "x", &[]),
            ("a.\"b.c\"", None, "a", &["b.c"]),
            ("\"a.b\".c", None, "a.b", &["c"]),
            ("s:\"a:b\"", Some("s"), "a:b", &[]),
            ("a:b:c", Some("a"), "b:c", &[]),
            (" a . b ", None, "a", &["b"]),
            (":x", None, "x", &[]),
        ];
        for (text, source, path, fields) in cases {
            let reference: Reference = text.parse().unwrap_or_else(|error| panic!("{text}: {error}"));
            assert_eq!(reference.source.as_deref(), *source, "{text}");
            assert_eq!(reference.path, *path, "{text}");
            assert_eq!(reference.fields, *fields, "{text}");
        }
    }

    #[test]
    fn bad_references_are_refused_in_concourse_words() {
        let cases = [
            ("a..b", "invalid var 'a..b': empty field"),
            ("a.", "invalid var 'a.': empty field"),
            ("", "invalid var '': empty field"),
            ("s:", "invalid var 's:': empty field"),
            ("\"s\":x", "invalid var '\"s\":x': source must not be quoted"),
            ("a.\"\"", "invalid var 'a.\"\"': empty field"),
        ];
        for (text, message) in cases {
            assert_eq!(text.parse::<Reference>().unwrap_err().to_string(), message);
        }
    }

    #[test]
    fn display_quotes_what_needs_it() {
        for text in ["x", "vault:x.y", ".:\"a.b\".c", "\"a/b\""] {
            assert_eq!(text.parse::<Reference>().unwrap().to_string(), text);
        }
    }
}
