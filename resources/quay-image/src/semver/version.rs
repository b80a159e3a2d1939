//! One version.

use std::cmp::Ordering;
use std::fmt;

/// The longest text that is read as a version, in bytes.
const LONGEST: usize = 256;

/// A version as a tag spells it: `1.2.3`, `v1`, `1.2-rc.1`. What is not said counts as 0.
///
/// Versions compare by precedence: build metadata and spelling don't count, so `1.2` equals `1.2.0`.
#[derive(Clone, Debug)]
pub struct Version {
    /// The first number.
    pub major: u64,
    /// The second number, 0 where it isn't said.
    pub minor: u64,
    /// The third number, 0 where it isn't said.
    pub patch: u64,
    /// What follows the first `-`, without it; empty for a final version.
    pub pre_release: String,
    /// The text it was read from.
    original: String,
}

impl Version {
    /// Reads a version; `None` if `text` is none. A leading `v` is ignored, as are leading zeros of the numbers.
    pub fn parse(text: &str) -> Option<Self> {
        if text.len() > LONGEST {
            return None;
        }
        let rest = text.strip_prefix('v').unwrap_or(text);
        let (rest, metadata) = split(rest, '+');
        let (numbers, pre_release) = split(rest, '-');
        if !metadata.is_none_or(is_metadata) || !pre_release.is_none_or(is_pre_release) {
            return None;
        }
        let mut numbers = numbers.split('.').map(number);
        let version = Self {
            major: numbers.next()??,
            minor: numbers.next().unwrap_or(Some(0))?,
            patch: numbers.next().unwrap_or(Some(0))?,
            pre_release: pre_release.unwrap_or_default().to_owned(),
            original: text.to_owned(),
        };
        numbers.next().is_none().then_some(version)
    }

    /// Tells whether this is a final version.
    pub fn is_final(&self) -> bool {
        self.pre_release.is_empty()
    }

    /// Returns how exactly the text says which version it is: by its number of dots, so that `1.2.3` is more specific
    /// than `1.2`, and `1.0.0-rc.2` more than `1.0.0-rc`.
    pub fn specificity(&self) -> usize {
        self.original.matches('.').count()
    }

    /// Returns the text that the version was read from.
    pub fn as_str(&self) -> &str {
        &self.original
    }
}

impl PartialEq for Version {
    fn eq(&self, other: &Self) -> bool {
        self.cmp(other) == Ordering::Equal
    }
}

impl Eq for Version {}

impl PartialOrd for Version {
    fn partial_cmp(&self, other: &Self) -> Option<Ordering> {
        Some(self.cmp(other))
    }
}

impl Ord for Version {
    fn cmp(&self, other: &Self) -> Ordering {
        let numbers = |version: &Self| (version.major, version.minor, version.patch);
        numbers(self)
            .cmp(&numbers(other))
            .then_with(|| other.pre_release.is_empty().cmp(&self.pre_release.is_empty()).reverse())
            .then_with(|| compare_pre_releases(&self.pre_release, &other.pre_release))
    }
}

/// The text that the version was read from.
impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.original)
    }
}

fn split(text: &str, separator: char) -> (&str, Option<&str>) {
    text.split_once(separator).map_or((text, None), |(before, after)| (before, Some(after)))
}

fn number(text: &str) -> Option<u64> {
    // `parse` also takes a plus sign.
    if text.bytes().all(|byte| byte.is_ascii_digit()) { text.parse().ok() } else { None }
}

fn is_metadata(text: &str) -> bool {
    text.split('.').all(is_identifier)
}

fn is_pre_release(text: &str) -> bool {
    let is_number = |part: &str| part.bytes().all(|byte| byte.is_ascii_digit());
    text.split('.')
        .all(|part| is_identifier(part) && !(is_number(part) && part.len() > 1 && part.starts_with('0')))
}

fn is_identifier(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_alphanumeric() || byte == b'-')
}

/// Compares part by part: numbers by value and before words, words by their bytes, fewer parts before more.
fn compare_pre_releases(one: &str, other: &str) -> Ordering {
    let (mut one, mut other) = (one.split('.'), other.split('.'));
    loop {
        let order = match (one.next(), other.next()) {
            (None, None) => return Ordering::Equal,
            (None, Some(_)) => Ordering::Less,
            (Some(_), None) => Ordering::Greater,
            (Some(one), Some(other)) => compare_parts(one, other),
        };
        if order != Ordering::Equal {
            return order;
        }
    }
}

fn compare_parts(one: &str, other: &str) -> Ordering {
    match (number(one), number(other)) {
        (Some(one), Some(other)) => one.cmp(&other),
        (Some(_), None) => Ordering::Less,
        (None, Some(_)) => Ordering::Greater,
        (None, None) => one.cmp(other),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn versions_are_read_as_loosely_as_tags_are_written() {
        let cases = [
            ("1.2.3", Some((1, 2, 3, ""))),
            ("v1.2.3", Some((1, 2, 3, ""))),
            ("1", Some((1, 0, 0, ""))),
            ("1.2", Some((1, 2, 0, ""))),
            ("01.02", Some((1, 2, 0, ""))),
            ("20261124", Some((20_261_124, 0, 0, ""))),
            ("1-alpine", Some((1, 0, 0, "alpine"))),
            ("1.2.3-rc.1", Some((1, 2, 3, "rc.1"))),
            ("1.2.3-rc.1-alpine", Some((1, 2, 3, "rc.1-alpine"))),
            ("1.2.3+build.7", Some((1, 2, 3, ""))),
            ("1.2.3-a+b", Some((1, 2, 3, "a"))),
            ("", None),
            ("v", None),
            ("latest", None),
            ("V1", None),
            ("1.2.3.4", None),
            ("1.", None),
            ("1..2", None),
            ("1.2.3-", None),
            ("1.2.3-01", None),
            ("1.2.3-a..b", None),
            ("1.2.3+", None),
            ("1.x", None),
            ("+1", None),
            ("18446744073709551616", None),
        ];
        for (text, expected) in cases {
            let read = Version::parse(text);
            let parts = read.as_ref().map(|v| (v.major, v.minor, v.patch, v.pre_release.as_str()));
            assert_eq!(parts, expected, "{text}");
        }
    }

    #[test]
    fn versions_are_ordered_by_precedence() {
        let ascending = [
            "1.0.0-alpha",
            "1.0.0-alpha.1",
            "1.0.0-alpha.2",
            "1.0.0-alpha.11",
            "1.0.0-alpha.beta",
            "1.0.0-beta",
            "1.0.0-rc.1",
            "1.0.0",
            "1.0.1",
            "1.2",
            "1.10",
            "2",
        ];
        for pair in ascending.windows(2) {
            let [one, other] = [pair[0], pair[1]].map(|text| Version::parse(text).unwrap());
            assert!(one < other, "{one} < {other}");
        }
        assert_eq!(Version::parse("1.2"), Version::parse("v1.2.0+x"));
    }
}
