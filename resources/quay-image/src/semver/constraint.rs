//! Constraints: which versions are wanted.

use std::fmt;
use std::str::FromStr;

use super::Version;

/// The longest constraint that is read, in bytes.
const LONGEST: usize = 512;
/// The most alternatives that a constraint may have.
const MOST_ALTERNATIVES: usize = 32;

/// Which versions are wanted: alternatives joined by `||`, each of comparisons that must all hold, joined by blanks
/// or commas.
///
/// `=1.2.3` (or just `1.2.3`), `!=`, `>`, `<`, `>=` and `<=` compare; `~1.2.3` allows later patches, `^1.2.3` later
/// minors; `1.x`, `1.2.*` and `1` leave the rest open; `1.2 - 1.4.5` is a range with both its ends. A pre-release
/// fits only where its alternative names a pre-release itself.
#[derive(Clone, Debug)]
pub struct Constraint {
    text: String,
    alternatives: Vec<Vec<Comparison>>,
}

/// A text that is no constraint.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("`{0}` is no version constraint; `^1.2`, `~1.2.3`, `>= 1.2, < 3` and `1.x || 2.x` are some")]
pub struct InvalidConstraint(String);

#[derive(Clone, Debug)]
struct Comparison {
    operator: Operator,
    version: Version,
    /// From which number on it is left open: `*` opens all, `1.x` what follows the major.
    open: Open,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Operator {
    Equal,
    NotEqual,
    Greater,
    Less,
    GreaterOrEqual,
    LessOrEqual,
    Tilde,
    Caret,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Open {
    Nothing,
    Patch,
    Minor,
    Everything,
}

impl Constraint {
    /// Tells whether `version` is wanted.
    pub fn allows(&self, version: &Version) -> bool {
        self.alternatives.iter().any(|comparisons| {
            let names_pre_release = comparisons.iter().any(|comparison| !comparison.version.is_final());
            (version.is_final() || names_pre_release)
                && comparisons.iter().all(|comparison| comparison.holds(version))
        })
    }
}

impl FromStr for Constraint {
    type Err = InvalidConstraint;

    fn from_str(text: &str) -> Result<Self, InvalidConstraint> {
        let invalid = || InvalidConstraint(text.to_owned());
        if text.len() > LONGEST {
            return Err(invalid());
        }
        let parts: Vec<&str> = text.split("||").collect();
        if parts.len() > MOST_ALTERNATIVES {
            return Err(invalid());
        }
        let alternatives: Option<Vec<_>> = parts.into_iter().map(alternative).collect();
        Ok(Self { text: text.to_owned(), alternatives: alternatives.ok_or_else(invalid)? })
    }
}

impl fmt::Display for Constraint {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

/// Reads comparisons that must all hold.
fn alternative(text: &str) -> Option<Vec<Comparison>> {
    let mut comparisons = Vec::new();
    let mut rest = Some(text.trim_start());
    while let Some(text) = rest {
        let (operator, after) = operator(text);
        let (version, after) = version_text(after.trim_start());
        let range_end = after_hyphen(after).filter(|_| operator.is_none()).map(version_text);
        if let Some((last, after)) = range_end {
            comparisons.push(Comparison::new(Operator::GreaterOrEqual, version)?);
            comparisons.push(Comparison::new(Operator::LessOrEqual, last)?);
            rest = following(after)?;
        } else {
            comparisons.push(Comparison::new(operator.unwrap_or(Operator::Equal), version)?);
            rest = following(after)?;
        }
    }
    Some(comparisons)
}

/// Returns what follows a separator: a comma, or blanks. `Some(None)` at the end, `None` where nothing separates.
fn following(text: &str) -> Option<Option<&str>> {
    let trimmed = text.trim_start();
    if trimmed.is_empty() {
        return Some(None);
    }
    match trimmed.strip_prefix(',') {
        Some(rest) => Some(Some(rest.trim_start())),
        None => (trimmed.len() < text.len()).then_some(Some(trimmed)),
    }
}

/// Returns what follows the hyphen of a range, which has blanks on both sides.
fn after_hyphen(text: &str) -> Option<&str> {
    let hyphen = text.trim_start();
    let rest = hyphen.strip_prefix('-').filter(|_| hyphen.len() < text.len())?;
    let end = rest.trim_start();
    (end.len() < rest.len()).then_some(end)
}

/// Splits an operator off the front, if there is one.
fn operator(text: &str) -> (Option<Operator>, &str) {
    const SPELLINGS: [(&str, Operator); 11] = [
        ("!=", Operator::NotEqual),
        (">=", Operator::GreaterOrEqual),
        ("=>", Operator::GreaterOrEqual),
        ("<=", Operator::LessOrEqual),
        ("=<", Operator::LessOrEqual),
        ("~>", Operator::Tilde),
        ("=", Operator::Equal),
        (">", Operator::Greater),
        ("<", Operator::Less),
        ("~", Operator::Tilde),
        ("^", Operator::Caret),
    ];
    let found =
        SPELLINGS.iter().find_map(|(spelling, operator)| Some((*operator, text.strip_prefix(spelling)?)));
    found.map_or((None, text), |(operator, rest)| (Some(operator), rest))
}

/// Splits a version off the front.
fn version_text(text: &str) -> (&str, &str) {
    let part = |character: char| character.is_ascii_alphanumeric() || "*.-+".contains(character);
    text.split_at(text.find(|character| !part(character)).unwrap_or(text.len()))
}

impl Comparison {
    fn new(operator: Operator, text: &str) -> Option<Self> {
        let text = text.strip_prefix('v').unwrap_or(text);
        let end = text.find(['-', '+']).unwrap_or(text.len());
        let (numbers, suffix) = text.split_at(end);
        let parts: Vec<&str> = numbers.split('.').collect();
        if parts.len() > 3 || !parts.iter().all(|part| is_open(part) || is_number(part)) {
            return None;
        }
        let closed = parts.iter().take_while(|part| !is_open(part)).count();
        let (open, numbers) = match closed {
            0 => (Open::Everything, "0.0.0".to_owned()),
            1 => (Open::Minor, format!("{}.0.0", parts[0])),
            2 => (Open::Patch, format!("{}.{}.0", parts[0], parts[1])),
            _ => (Open::Nothing, numbers.to_owned()),
        };
        // What follows an open number is kept only if it is a pre-release: metadata never counts.
        let version = Version::parse(&format!("{numbers}{suffix}"))?;
        Some(Self { operator, version, open })
    }

    fn holds(&self, version: &Version) -> bool {
        match self.operator {
            Operator::Equal if self.open == Open::Nothing => *version == self.version,
            Operator::Equal | Operator::Tilde => self.tilde(version),
            Operator::NotEqual => self.not_equal(version),
            Operator::Greater => self.greater(version),
            Operator::Less => *version < self.version,
            Operator::GreaterOrEqual => *version >= self.version,
            Operator::LessOrEqual => self.less_or_equal(version),
            Operator::Caret => self.caret(version),
        }
    }

    /// `~1.2.3` is `>=1.2.3 <1.3.0`; `~1` is `>=1.0.0 <2.0.0`; `~0.0.0` and `~*` allow all from 0.0.0 on.
    fn tilde(&self, version: &Version) -> bool {
        let wanted = &self.version;
        if *version < *wanted {
            return false;
        }
        let anything = (wanted.major, wanted.minor, wanted.patch) == (0, 0, 0)
            && matches!(self.open, Open::Nothing | Open::Everything);
        anything
            || (version.major == wanted.major && (version.minor == wanted.minor || self.open == Open::Minor))
    }

    /// `!=1.x` refuses all of 1, `!=1.2.x` all of 1.2 (and among pre-releases only the same one).
    fn not_equal(&self, version: &Version) -> bool {
        let wanted = &self.version;
        match self.open {
            Open::Minor => version.major != wanted.major,
            Open::Patch => {
                (version.major, version.minor) != (wanted.major, wanted.minor)
                    || version.pre_release != wanted.pre_release
            }
            Open::Nothing | Open::Everything => *version != *wanted,
        }
    }

    /// `>11` begins at 12, and `>11.1` at 11.2.
    fn greater(&self, version: &Version) -> bool {
        let wanted = &self.version;
        match self.open {
            Open::Minor => version.major > wanted.major,
            Open::Patch => (version.major, version.minor) > (wanted.major, wanted.minor),
            Open::Nothing | Open::Everything => *version > *wanted,
        }
    }

    /// `<=11` ends with the last 11, and `<=11.1` with the last 11.1.
    fn less_or_equal(&self, version: &Version) -> bool {
        let wanted = &self.version;
        match self.open {
            Open::Nothing => *version <= *wanted,
            Open::Minor => version.major <= wanted.major,
            Open::Patch | Open::Everything => (version.major, version.minor) <= (wanted.major, wanted.minor),
        }
    }

    /// `^1.2.3` is `>=1.2.3 <2.0.0`; while the major is 0, the minor takes its part, and the patch while both are 0.
    fn caret(&self, version: &Version) -> bool {
        let wanted = &self.version;
        if *version < *wanted {
            return false;
        }
        if wanted.major > 0 || self.open == Open::Minor {
            return version.major == wanted.major;
        }
        if version.major > 0 {
            return false;
        }
        if wanted.minor > 0 || self.open == Open::Patch {
            return version.minor == wanted.minor;
        }
        version.minor == 0 && version.patch == wanted.patch
    }
}

fn is_open(part: &str) -> bool {
    matches!(part, "x" | "X" | "*")
}

fn is_number(part: &str) -> bool {
    !part.is_empty() && part.bytes().all(|byte| byte.is_ascii_digit())
}

#[cfg(test)]
mod tests {
    use super::*;

    const VERSIONS: &[&str] = &[
        "0.0.0",
        "0.0.1",
        "0.0.2",
        "0.1.0",
        "0.1.5",
        "0.2.0",
        "1.0.0",
        "1.0.1",
        "1.1.0",
        "1.2.0",
        "1.2.3",
        "1.2.9",
        "1.3.0",
        "1.4.5",
        "1.4.6",
        "1.10.0",
        "2.0.0",
        "2.1.0",
        "3.0.0",
        "0.0.0-a",
        "0.1.0-rc.1",
        "1.2.3-alpha.1",
        "1.2.3-rc.1",
        "1.2.3-rc.2",
        "2.0.0-rc.1",
    ];

    /// One line per constraint: `1` for each of the versions above that Masterminds/semver 3.5.0 lets pass.
    const VERDICTS: &str = include_str!("verdicts.txt");

    #[test]
    fn constraints_allow_what_masterminds_allows() {
        for line in VERDICTS.lines() {
            let (verdict, text) = line.split_once('\t').expect("a verdict, a tab, a constraint");
            let constraint: Constraint = text.parse().unwrap_or_else(|problem| panic!("{problem}"));
            let allows = |version: &&str| constraint.allows(&Version::parse(version).unwrap());
            let found: String = VERSIONS.iter().map(|v| if allows(v) { '1' } else { '0' }).collect();
            assert_eq!(found, verdict, "{text}\nof {VERSIONS:?}");
        }
    }

    #[test]
    fn what_is_no_constraint_is_refused() {
        let refused = [
            "",
            " ",
            "||",
            "1 ||",
            "latest",
            "1.2.3.4",
            ">",
            "> =1",
            ">>1",
            "1>2",
            "1.2 -1.4",
            "1.2 - ",
            "- 1",
            "=1 - 2",
            "1 - 2 - 3",
            "1|2",
            "1.2.3-",
            "1,,2",
            "1x",
            "~v",
            "1.2.3 ;",
            "=!1",
        ];
        for text in refused {
            assert!(text.parse::<Constraint>().is_err(), "{text}");
        }
        assert!("1 || ".repeat(40).parse::<Constraint>().is_err(), "too many alternatives");
        assert!(" ".repeat(600).parse::<Constraint>().is_err(), "too long");
    }
}
