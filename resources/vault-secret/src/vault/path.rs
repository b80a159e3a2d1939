//! Paths in Vault's API.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::Deserialize;

/// A path below `/v1/`, as in `secret/app/db`: without slashes at its ends, and never leading out of where it stands.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Deserialize)]
#[serde(try_from = "String")]
pub struct ApiPath(String);

/// Why a text is no path in Vault.
#[derive(Debug, thiserror::Error)]
pub enum InvalidPath {
    /// Nothing is left without the slashes.
    #[error("must not be empty")]
    Empty,
    /// An HTTP library would resolve it, and something else would be asked for.
    #[error("`{0}` has an empty part, `.` or `..` between its slashes")]
    Part(String),
    /// Vault refuses it as well.
    #[error("has a control character")]
    Control,
}

impl ApiPath {
    /// Returns a path that the program itself knows.
    pub(crate) fn fixed(path: &'static str) -> Self {
        Self(path.to_owned())
    }

    /// Returns the path.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the path with `below` added, whose slashes at the ends don't matter.
    #[must_use]
    pub fn join(&self, below: &str) -> Self {
        let below = below.trim_matches('/');
        if below.is_empty() { self.clone() } else { Self(format!("{}/{below}", self.0)) }
    }

    /// Returns what follows `parent`, if this path lies below it.
    pub fn below(&self, parent: &Self) -> Option<&str> {
        self.0.strip_prefix(&parent.0)?.strip_prefix('/')
    }

    /// Returns the parts between the slashes.
    pub fn parts(&self) -> impl Iterator<Item = &str> {
        self.0.split('/')
    }
}

impl FromStr for ApiPath {
    type Err = InvalidPath;

    fn from_str(text: &str) -> Result<Self, InvalidPath> {
        let path = text.trim_matches('/');
        if path.is_empty() {
            return Err(InvalidPath::Empty);
        }
        if path.chars().any(char::is_control) {
            return Err(InvalidPath::Control);
        }
        if path.split('/').any(|part| matches!(part, "" | "." | "..")) {
            return Err(InvalidPath::Part(path.to_owned()));
        }
        Ok(Self(path.to_owned()))
    }
}

impl TryFrom<String> for ApiPath {
    type Error = InvalidPath;

    fn try_from(text: String) -> Result<Self, InvalidPath> {
        text.parse()
    }
}

impl fmt::Display for ApiPath {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

impl JsonSchema for ApiPath {
    fn schema_name() -> Cow<'static, str> {
        "ApiPath".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "minLength": 1 })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_trimmed_and_stay_where_they_are() {
        for (text, expected) in [
            ("secret/app", Some("secret/app")),
            ("/secret/app db/", Some("secret/app db")),
            ("", None),
            ("/", None),
            ("secret//app", None),
            ("secret/../sys", None),
            ("./secret", None),
            ("secret/a\nb", None),
        ] {
            let path = text.parse::<ApiPath>().ok();
            assert_eq!(path.as_ref().map(ApiPath::as_str), expected, "{text:?}");
        }
    }

    #[test]
    fn a_path_lies_below_another_on_part_boundaries() {
        let path: ApiPath = "secret/team/db".parse().unwrap();
        for (parent, expected) in [
            ("secret", Some("team/db")),
            ("secret/team", Some("db")),
            ("sec", None),
            ("secret/team/db", None),
        ] {
            assert_eq!(path.below(&parent.parse().unwrap()), expected, "{parent}");
        }
    }
}
