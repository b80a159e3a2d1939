//! When a tag is to expire.

use std::str::FromStr;

use time::format_description::well_known::Rfc3339;
use time::macros::format_description;
use time::{Date, OffsetDateTime};

/// When a tag is to expire.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Expiry {
    /// Not at all.
    Never,
    /// So many seconds after it is set.
    After(i64),
    /// At a moment, in seconds since 1970.
    At(i64),
}

/// A text that is no expiry.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no expiry: a time is expected (a number and s, m, h, d or w, as in `2w`), a date (`2027-01-31` or \
         `2027-01-31T12:00:00Z`), or `never`"
)]
pub struct InvalidExpiry(String);

impl Expiry {
    /// Returns the moment that it means if it is set at `now`, both in seconds since 1970.
    pub fn moment(self, now: i64) -> Option<i64> {
        match self {
            Self::Never => None,
            Self::After(seconds) => Some(now.saturating_add(seconds)),
            Self::At(moment) => Some(moment),
        }
    }
}

impl FromStr for Expiry {
    type Err = InvalidExpiry;

    fn from_str(text: &str) -> Result<Self, InvalidExpiry> {
        if text == "never" {
            return Ok(Self::Never);
        }
        let found = duration(text).map(Self::After).or_else(|| moment(text).map(Self::At));
        found.ok_or_else(|| InvalidExpiry(text.into()))
    }
}

/// Reads a time in the way of `quay.expires-after`: a number and one of `s`, `m`, `h`, `d`, `w`. Returns seconds.
pub fn duration(text: &str) -> Option<i64> {
    let unit = text.chars().last()?;
    let seconds = match unit {
        's' => 1,
        'm' => 60,
        'h' => 3600,
        'd' => 24 * 3600,
        'w' => 7 * 24 * 3600,
        _ => return None,
    };
    let number = text.strip_suffix(unit).filter(|number| number.bytes().all(|byte| byte.is_ascii_digit()))?;
    let number: i64 = number.parse().ok().filter(|number| *number > 0)?;
    number.checked_mul(seconds)
}

/// Reads a date, which means its first moment in UTC, or a moment by RFC 3339. Returns seconds since 1970.
pub fn moment(text: &str) -> Option<i64> {
    if let Ok(moment) = OffsetDateTime::parse(text, &Rfc3339) {
        return Some(moment.unix_timestamp());
    }
    let date = Date::parse(text, format_description!("[year]-[month]-[day]")).ok()?;
    Some(date.midnight().assume_utc().unix_timestamp())
}

/// Returns seconds since 1970 as `2027-01-31T12:00:00Z`.
pub fn date(seconds: i64) -> String {
    let moment = OffsetDateTime::from_unix_timestamp(seconds).ok();
    moment.and_then(|moment| moment.format(&Rfc3339).ok()).unwrap_or_else(|| seconds.to_string())
}

/// Returns seconds since 1970.
pub fn now() -> i64 {
    OffsetDateTime::now_utc().unix_timestamp()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_expiry_is_a_time_a_date_or_never() {
        let cases = [
            ("never", Some(Expiry::Never)),
            ("90s", Some(Expiry::After(90))),
            ("2h", Some(Expiry::After(7200))),
            ("2w", Some(Expiry::After(1_209_600))),
            ("1970-01-02", Some(Expiry::At(86_400))),
            ("1970-01-01T01:00:00Z", Some(Expiry::At(3600))),
            ("1970-01-01T01:00:00+01:00", Some(Expiry::At(0))),
            ("", None),
            ("0d", None),
            ("2", None),
            ("1.5h", None),
            ("-1d", None),
            ("2 w", None),
            ("99999999999999999w", None),
            ("2026-13-01", None),
            ("soon", None),
        ];
        for (text, expected) in cases {
            assert_eq!(text.parse().ok(), expected, "{text}");
        }
        assert_eq!(date(86_400), "1970-01-02T00:00:00Z");
    }
}
