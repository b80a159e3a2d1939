//! Versions of resources.

use std::collections::BTreeMap;
use std::fmt;

use serde::{Deserialize, Serialize};

/// A version: what a resource calls one state of what it stands for. Equal when all fields are.
#[derive(Clone, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(transparent)]
pub struct Version(BTreeMap<String, String>);

/// A fact about a version, for people and as a local variable.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub struct Metadata {
    /// What it is.
    pub name: String,
    /// Its value.
    pub value: String,
}

/// Why text is no version.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no version: write it as `key:value`, several fields with commas between")]
pub struct InvalidVersion(String);

impl Version {
    /// Returns the fields in the order of their names.
    pub fn fields(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// Returns a field's value.
    pub fn get(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Returns whether there are no fields.
    pub fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Returns whether all fields of a pin are in this version with the same values.
    pub fn matches(&self, pin: &Self) -> bool {
        pin.fields().all(|(name, value)| self.get(name) == Some(value))
    }

    /// Reads `key:value,key:value`, as flags take versions. Values may hold colons, not commas.
    ///
    /// # Errors
    /// A field has no colon or no name.
    pub fn parse(text: &str) -> Result<Self, InvalidVersion> {
        let field = |field: &str| match field.split_once(':') {
            Some((name, value)) if !name.is_empty() => Some((name.to_owned(), value.to_owned())),
            _ => None,
        };
        let fields: Option<BTreeMap<_, _>> = text.split(',').map(field).collect();
        fields.map(Self).ok_or_else(|| InvalidVersion(text.into()))
    }

    /// Returns the version as JSON, its fields sorted: the same text for equal versions.
    pub fn to_json(&self) -> String {
        serde_json::to_string(&self.0).unwrap_or_default()
    }
}

impl<N: Into<String>, V: Into<String>> FromIterator<(N, V)> for Version {
    fn from_iter<I: IntoIterator<Item = (N, V)>>(fields: I) -> Self {
        Self(fields.into_iter().map(|(name, value)| (name.into(), value.into())).collect())
    }
}

/// `key:value, key:value`.
impl fmt::Display for Version {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        for (index, (name, value)) in self.fields().enumerate() {
            let comma = if index == 0 { "" } else { ", " };
            write!(formatter, "{comma}{name}:{value}")?;
        }
        Ok(())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn flags_are_read() {
        let cases = [
            ("ref:abc", Ok("ref:abc")),
            ("digest:sha256:00,tag:1", Ok("digest:sha256:00, tag:1")),
            ("a:", Ok("a:")),
            ("abc", Err(())),
            (":x", Err(())),
            ("", Err(())),
        ];
        for (text, expected) in cases {
            let read = Version::parse(text).map(|version| version.to_string()).map_err(|_| ());
            assert_eq!(read.as_deref(), expected.as_ref().map(|text| *text), "{text}");
        }
    }

    #[test]
    fn a_pin_matches_by_its_fields_alone() {
        let version = Version::parse("tag:1,digest:x").unwrap();
        assert!(version.matches(&Version::parse("tag:1").unwrap()));
        assert!(!version.matches(&Version::parse("tag:2").unwrap()));
        assert!(!version.matches(&Version::parse("tag:1,other:x").unwrap()));
    }
}
