//! A value that cannot be printed.

use std::borrow::Cow;
use std::fmt;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer};

use crate::{Text, redact};

/// A secret text.
///
/// Making one registers its value with [`redact`], so that whatever prints it later, in whatever encoding, prints
/// `((redacted))` instead. It has no `Display` and no `Serialize`; [`Secret::expose`] is where it leaves the type.
#[derive(Clone, PartialEq, Eq, Default)]
pub struct Secret(String);

impl Secret {
    /// Wraps `value` and registers it for redaction.
    pub fn new(value: impl Into<String>) -> Self {
        let value = value.into();
        redact::register(&value);
        Self(value)
    }

    /// Returns the value itself: for a request's header or body, or a 0600 file.
    pub fn expose(&self) -> &str {
        &self.0
    }

    /// Tells whether the text is empty, which in most sources means "not given".
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }
}

impl fmt::Debug for Secret {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Secret(…)")
    }
}

impl From<&str> for Secret {
    fn from(value: &str) -> Self {
        Self::new(value)
    }
}

impl From<String> for Secret {
    fn from(value: String) -> Self {
        Self::new(value)
    }
}

/// Reads what [`Text`] reads: a password may arrive as a number when its quotes were forgotten.
impl<'de> Deserialize<'de> for Secret {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Ok(Self::new(Text::deserialize(deserializer)?.into_string()))
    }
}

/// `writeOnly` is JSON Schema's word for a value that is never shown.
impl JsonSchema for Secret {
    fn schema_name() -> Cow<'static, str> {
        "Secret".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": ["string", "number", "boolean"], "writeOnly": true })
    }
}
