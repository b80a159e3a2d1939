//! Lengths of time as people write them.

use std::borrow::Cow;
use std::fmt;
use std::str::FromStr;
use std::time::Duration;

use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::{Deserialize, Deserializer, Serialize, Serializer, de};

use crate::Text;

/// A length of time: whole seconds as a number, or text like `90s`, `5m`, `1h30m`, `7d`.
///
/// The rule is Vault's (`parseutil.ParseDurationSecond`), with `d` allowed beside other units.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Span(Duration);

/// Why a text is no length of time.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no length of time; write it like `90s`, `5m`, `1h30m` or `7d`")]
pub struct InvalidSpan(String);

impl Span {
    /// Returns the length in whole seconds.
    pub fn seconds(self) -> u64 {
        self.0.as_secs()
    }

    /// Returns the length.
    pub fn duration(self) -> Duration {
        self.0
    }

    /// Returns a length of whole seconds.
    pub fn from_seconds(seconds: u64) -> Self {
        Self(Duration::from_secs(seconds))
    }
}

impl FromStr for Span {
    type Err = InvalidSpan;

    fn from_str(text: &str) -> Result<Self, InvalidSpan> {
        let invalid = || InvalidSpan(text.to_owned());
        let trimmed = text.trim();
        if let Ok(seconds) = trimmed.parse::<u64>() {
            return Ok(Self::from_seconds(seconds));
        }
        let mut total = 0_u64;
        let mut number = String::new();
        for character in trimmed.chars() {
            if character.is_ascii_digit() {
                number.push(character);
                continue;
            }
            let unit = match character {
                's' => 1,
                'm' => 60,
                'h' => 3600,
                'd' => 86_400,
                _ => return Err(invalid()),
            };
            let count: u64 = std::mem::take(&mut number).parse().map_err(|_| invalid())?;
            total = count.checked_mul(unit).and_then(|part| total.checked_add(part)).ok_or_else(invalid)?;
        }
        if trimmed.is_empty() || !number.is_empty() { Err(invalid()) } else { Ok(Self::from_seconds(total)) }
    }
}

impl fmt::Display for Span {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let mut rest = self.seconds();
        if rest == 0 {
            return f.write_str("0s");
        }
        for (unit, length) in [("d", 86_400), ("h", 3600), ("m", 60), ("s", 1)] {
            if rest >= length {
                write!(f, "{}{unit}", rest / length)?;
                rest %= length;
            }
        }
        Ok(())
    }
}

impl<'de> Deserialize<'de> for Span {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Self, D::Error> {
        Text::deserialize(deserializer)?.as_str().parse().map_err(de::Error::custom)
    }
}

impl Serialize for Span {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        serializer.collect_str(self)
    }
}

impl JsonSchema for Span {
    fn schema_name() -> Cow<'static, str> {
        "Span".into()
    }

    fn inline_schema() -> bool {
        true
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({
            "type": ["string", "integer"],
            "minimum": 0,
            "pattern": r"^\s*([0-9]+|([0-9]+[smhd])+)\s*$",
            // What the pattern means, for messages.
            "x-words": "a length of time such as `90s`, `5m`, `1h30m` or `7d`",
        })
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lengths_are_read_and_written() {
        for (text, seconds, written) in [
            ("90", 90, "1m30s"),
            ("90s", 90, "1m30s"),
            ("1h30m", 5400, "1h30m"),
            ("7d", 604_800, "7d"),
            ("0", 0, "0s"),
            ("1d1s", 86_401, "1d1s"),
        ] {
            let span: Span = text.parse().unwrap();
            assert_eq!((span.seconds(), span.to_string().as_str()), (seconds, written), "{text}");
        }
        for text in ["", "m", "5x", "5m3", "-1", "1.5h", "99999999999999999999d", "300000000000000d"] {
            assert!(text.parse::<Span>().is_err(), "{text}");
        }
    }
}
