//! Regular expressions in a source.

use std::str::FromStr;

use regex::Regex;

/// A regular expression in the syntax of RE2, which Go's and Rust's share: linear in time, without look-around.
#[derive(Clone, Debug)]
pub struct Pattern(Regex);

impl Pattern {
    /// Tells whether `text` has a match anywhere.
    pub fn matches(&self, text: &str) -> bool {
        self.0.is_match(text)
    }

    /// Returns the expression.
    pub fn as_str(&self) -> &str {
        self.0.as_str()
    }
}

impl FromStr for Pattern {
    type Err = regex::Error;

    fn from_str(text: &str) -> Result<Self, regex::Error> {
        Regex::new(text).map(Self)
    }
}
