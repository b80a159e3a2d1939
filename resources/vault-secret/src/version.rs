//! A version: what check found, as a flat map of texts.

use std::collections::BTreeMap;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// A version.
///
/// For the one secret of `source.secret` its key says what kind of state it is: `version`, `digest`, `rotated` or
/// `bucket`, and beside it `due` once the certificate within nears its end. For several secrets each name is a key.
/// These keys are a frozen format: Concourse compares versions as text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(transparent)]
pub struct Version(BTreeMap<String, String>);

/// What a state is: which key holds it where there is one secret alone.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Kind {
    /// Vault's own number of a version.
    Number,
    /// A keyed digest of the content.
    Digest,
    /// When Vault last rotated it.
    Rotated,
    /// The beginning of the period in which a credential is to be made.
    Bucket,
}

/// The state of one secret.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct State {
    pub(crate) kind: Kind,
    pub(crate) value: String,
    /// The end of the certificate within, once it is near.
    pub(crate) due: Option<String>,
}

/// Beside a secret's state: the certificate within is to be renewed before this moment.
const DUE: &str = "due";

impl Kind {
    fn key(self) -> &'static str {
        match self {
            Self::Number => "version",
            Self::Digest => "digest",
            Self::Rotated => "rotated",
            Self::Bucket => "bucket",
        }
    }
}

impl State {
    /// Returns a state without a certificate that nears its end.
    pub(crate) fn new(kind: Kind, value: impl Into<String>) -> Self {
        Self { kind, value: value.into(), due: None }
    }
}

impl Version {
    /// Returns the version that stands for "nothing is watched", as in the resources that came before.
    pub(crate) fn constant() -> Self {
        Self::single(State::new(Kind::Number, "0"))
    }

    /// Returns the version of the one secret.
    pub(crate) fn single(state: State) -> Self {
        let due = state.due.map(|due| (DUE.to_owned(), due));
        Self(std::iter::once((state.kind.key().to_owned(), state.value)).chain(due).collect())
    }

    /// Adds the state of one of several secrets.
    pub(crate) fn add(&mut self, name: &str, state: State) {
        self.insert(name, state.value);
        if let Some(due) = state.due {
            self.insert(&format!("{name}:{DUE}"), due);
        }
    }

    /// Adds a text under a name.
    pub(crate) fn insert(&mut self, name: &str, value: impl Into<String>) {
        self.0.insert(name.to_owned(), value.into());
    }

    /// Returns what the version says of the one secret, if its state is of this kind.
    pub(crate) fn of_single(&self, kind: Kind) -> Option<&str> {
        self.0.get(kind.key()).map(String::as_str)
    }

    /// Returns what the version says of a secret by its name.
    pub(crate) fn of_name(&self, name: &str) -> Option<&str> {
        self.0.get(name).map(String::as_str)
    }

    /// Tells whether nothing is in it.
    pub(crate) fn is_empty(&self) -> bool {
        self.0.is_empty()
    }

    /// Tells whether it is [`Version::constant`].
    pub(crate) fn is_constant(&self) -> bool {
        *self == Self::constant()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_keys_of_versions_are_frozen() {
        let json = |version: &Version| serde_json::to_string(version).unwrap();
        let due = State { due: Some("2026-01-01T00:00:00Z".into()), ..State::new(Kind::Number, "3") };
        let cases = [
            (Version::constant(), r#"{"version":"0"}"#),
            (Version::single(State::new(Kind::Digest, "ab")), r#"{"digest":"ab"}"#),
            (Version::single(State::new(Kind::Rotated, "t")), r#"{"rotated":"t"}"#),
            (Version::single(State::new(Kind::Bucket, "t")), r#"{"bucket":"t"}"#),
            (Version::single(due.clone()), r#"{"due":"2026-01-01T00:00:00Z","version":"3"}"#),
        ];
        for (version, expected) in cases {
            assert_eq!(json(&version), expected);
        }
        let mut several = Version::default();
        several.add("db", due);
        several.add("app", State::new(Kind::Digest, "ab"));
        assert_eq!(json(&several), r#"{"app":"ab","db":"3","db:due":"2026-01-01T00:00:00Z"}"#);
    }
}
