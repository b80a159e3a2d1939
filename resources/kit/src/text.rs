//! Values for which a user may have forgotten the quotes, or added them.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{self, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

/// A text that may arrive as a number or a boolean: `tag: 1.2` in YAML is the number 1.2.
///
/// Concourse has then read it as YAML 1.1 already, so `1.10` arrives as `1.1` and nobody can tell.
/// [`Text::was_number`] lets a caller warn.
#[derive(Clone, Debug, PartialEq, Eq, Hash, Default)]
pub struct Text {
    text: String,
    was_number: bool,
}

impl Text {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.text
    }

    /// Returns the text, consuming the value.
    pub fn into_string(self) -> String {
        self.text
    }

    /// Tells whether the text arrived as a number, so that trailing zeros may be lost.
    pub fn was_number(&self) -> bool {
        self.was_number
    }

    /// Tells whether the text is empty.
    pub fn is_empty(&self) -> bool {
        self.text.is_empty()
    }
}

impl From<&str> for Text {
    fn from(text: &str) -> Self {
        Self { text: text.into(), was_number: false }
    }
}

impl fmt::Display for Text {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Serialize for Text {
    fn serialize<S: serde::Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.serialize_str(&self.text)
    }
}

impl<'de> Deserialize<'de> for Text {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        deserializer.deserialize_any(TextVisitor)
    }
}

impl JsonSchema for Text {
    fn schema_name() -> Cow<'static, str> {
        "Text".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "number", "boolean"] })
    }
}

struct TextVisitor;

impl TextVisitor {
    fn number<E>(text: String) -> Result<Text, E> {
        Ok(Text { text, was_number: true })
    }
}

impl Visitor<'_> for TextVisitor {
    type Value = Text;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("a text")
    }

    fn visit_str<E: de::Error>(self, value: &str) -> Result<Text, E> {
        Ok(Text::from(value))
    }

    fn visit_bool<E: de::Error>(self, value: bool) -> Result<Text, E> {
        Ok(Text::from(if value { "true" } else { "false" }))
    }

    fn visit_i64<E: de::Error>(self, value: i64) -> Result<Text, E> {
        Self::number(value.to_string())
    }

    fn visit_u64<E: de::Error>(self, value: u64) -> Result<Text, E> {
        Self::number(value.to_string())
    }

    fn visit_f64<E: de::Error>(self, value: f64) -> Result<Text, E> {
        Self::number(value.to_string())
    }
}

/// A boolean that may arrive as the text `"true"` or `"false"`, as bash resources compared it.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default, Serialize)]
#[serde(transparent)]
pub struct Flag(pub bool);

impl Flag {
    /// Returns the boolean.
    pub fn get(self) -> bool {
        self.0
    }
}

impl<'de> Deserialize<'de> for Flag {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        let text = Text::deserialize(deserializer)?;
        match text.as_str() {
            "true" => Ok(Self(true)),
            "false" | "" => Ok(Self(false)),
            other => Err(de::Error::custom(format!("expected true or false, found `{other}`"))),
        }
    }
}

impl JsonSchema for Flag {
    fn schema_name() -> Cow<'static, str> {
        "Flag".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "enum": [true, false, "true", "false", ""], "x-flag": true })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_reads_what_yaml_made_of_it() {
        let cases =
            [("\"1.2\"", "1.2", false), ("1.2", "1.2", true), ("7", "7", true), ("true", "true", false)];
        for (json, text, was_number) in cases {
            let read: Text = serde_json::from_str(json).unwrap();
            assert_eq!((read.as_str(), read.was_number()), (text, was_number), "{json}");
        }
        assert!(serde_json::from_str::<Text>("[1]").is_err());
    }

    #[test]
    fn flag_reads_booleans_and_their_texts() {
        for (json, expected) in [("true", true), ("\"true\"", true), ("false", false), ("\"false\"", false)] {
            assert_eq!(serde_json::from_str::<Flag>(json).unwrap().get(), expected, "{json}");
        }
        assert!(serde_json::from_str::<Flag>("\"yes\"").is_err());
    }
}
