//! What the step shows beside its version.

use serde::Serialize;

use crate::redact;

/// The metadata of a version: names and texts, in the order in which they are added.
///
/// Metadata is public, and since Concourse 8.1 each name is a local variable `((.:step.name))`. Names are therefore
/// an interface: stable, and made of `a-z`, `0-9`, `_` and `-`. Both are scrubbed of secrets.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
#[serde(transparent)]
pub struct Metadata(Vec<Field>);

#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
struct Field {
    name: String,
    value: String,
}

impl Metadata {
    /// Returns metadata with nothing in it.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a field.
    #[must_use]
    pub fn with(mut self, name: impl Into<String>, value: impl AsRef<str>) -> Self {
        self.push(name, value);
        self
    }

    /// Adds a field.
    pub fn push(&mut self, name: impl Into<String>, value: impl AsRef<str>) {
        let scrubbed = |text: &str| redact::scrub(text).into_owned();
        self.0.push(Field { name: scrubbed(&name.into()), value: scrubbed(value.as_ref()) });
    }

    /// Returns the fields as pairs of name and value.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|field| (field.name.as_str(), field.value.as_str()))
    }
}
