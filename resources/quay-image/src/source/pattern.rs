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

    /// Returns a text that is part of whatever has a match, where one is easily seen: letters at the beginning.
    pub fn literal(&self) -> Option<&str> {
        let text = self.0.as_str();
        if text.contains(['|', '(']) {
            return None;
        }
        let text = text.strip_prefix('^').unwrap_or(text);
        let end = text.find(|letter: char| !letter.is_ascii_alphanumeric() && letter != '-');
        let literal = match end {
            // The last letter may be there any number of times.
            Some(end) if text[end..].starts_with(['*', '?', '{', '+']) => &text[..end.saturating_sub(1)],
            Some(end) => &text[..end],
            None => text,
        };
        Some(literal).filter(|literal| !literal.is_empty())
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_every_match_contains_is_found_at_the_beginning() {
        let cases = [
            ("^main-", Some("main-")),
            ("main-[0-9]+", Some("main-")),
            ("^v1.2", Some("v1")),
            ("^release$", Some("release")),
            ("^ab*", Some("a")),
            ("^ab?c", Some("a")),
            ("^ab{0}", Some("a")),
            ("^a|b", None),
            ("^(a|b)", None),
            ("(?i)main", None),
            (".*-rc", None),
            (r"^\d", None),
            ("", None),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse::<Pattern>().unwrap().literal(), expected, "{text}");
        }
    }
}
