//! Tags, and references to manifests.

use std::fmt;
use std::str::FromStr;

use serde::{Deserialize, Serialize};

use crate::Digest;

/// A tag: a letter, digit or `_`, then up to 127 of these, `.` or `-`.
#[derive(Clone, Debug, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize)]
#[serde(try_from = "String", into = "String")]
pub struct Tag(String);

/// A text that is no tag.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no tag: 1 to 128 letters, digits, `_`, `.` and `-` are expected, of which the first is no `.` or `-`"
)]
pub struct InvalidTag(String);

impl Tag {
    /// Returns the text.
    pub fn as_str(&self) -> &str {
        &self.0
    }

    /// Returns the digest that a tag of the form `sha256-…` speaks of, whatever follows a dot: cosign keeps what it says of
    /// a digest at `sha256-….sig`, `.att` and `.sbom`.
    pub fn subject(&self) -> Option<Digest> {
        let stem = self.0.split('.').next()?;
        stem.replacen('-', ":", 1).parse().ok()
    }
}

impl FromStr for Tag {
    type Err = InvalidTag;

    fn from_str(text: &str) -> Result<Self, InvalidTag> {
        let word = |byte: u8| byte.is_ascii_alphanumeric() || byte == b'_';
        let valid = text.len() <= 128
            && text.bytes().next().is_some_and(word)
            && text.bytes().all(|byte| word(byte) || matches!(byte, b'.' | b'-'));
        if valid { Ok(Self(text.into())) } else { Err(InvalidTag(text.into())) }
    }
}

impl TryFrom<String> for Tag {
    type Error = InvalidTag;

    fn try_from(text: String) -> Result<Self, InvalidTag> {
        text.parse()
    }
}

impl From<Tag> for String {
    fn from(tag: Tag) -> Self {
        tag.0
    }
}

impl fmt::Display for Tag {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What names a manifest within its repository.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub enum Reference {
    /// By tag, which may move.
    Tag(Tag),
    /// By content.
    Digest(Digest),
}

impl From<Tag> for Reference {
    fn from(tag: Tag) -> Self {
        Self::Tag(tag)
    }
}

impl From<Digest> for Reference {
    fn from(digest: Digest) -> Self {
        Self::Digest(digest)
    }
}

/// As it stands in a URL: the tag or digest alone.
impl fmt::Display for Reference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Tag(tag) => tag.fmt(f),
            Self::Digest(digest) => digest.fmt(f),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn tags_are_words_with_dots_and_dashes_inside() {
        let longest = "a".repeat(128);
        let too_long = "a".repeat(129);
        let good = ["1.2.3", "latest", "_x", "v1-Beta.2", "sha256-abc.sig", longest.as_str()];
        for text in good {
            assert!(text.parse::<Tag>().is_ok(), "{text}");
        }
        for text in ["", ".hidden", "-x", "a/b", "a b", "1.2+3", "ä", too_long.as_str()] {
            assert!(text.parse::<Tag>().is_err(), "{text}");
        }
    }
}
