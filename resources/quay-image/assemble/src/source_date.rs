//! The one time that stands for all times of an image.

use std::str::FromStr;

use time::OffsetDateTime;
use time::format_description::BorrowedFormatItem;
use time::format_description::well_known::Rfc3339;
use time::macros::format_description;

/// How `git log --date=iso` and Concourse's git resource write a time.
const GIT: &[BorrowedFormatItem<'_>] = format_description!(
    "[year]-[month]-[day] [hour]:[minute]:[second] [offset_hour sign:mandatory][offset_minute]"
);
/// The largest time that every reader of tar takes: 11 octal digits, in the year 2242.
const LATEST: i64 = 0o77_777_777_777;

/// Seconds since 1970, as `SOURCE_DATE_EPOCH` has them
/// (<https://reproducible-builds.org/specs/source-date-epoch/>). The default is 1970 itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SourceDate(OffsetDateTime);

/// A text that is no time for an image.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error(
    "`{0}` is no time from 1970 to 2242: seconds since 1970 are expected, or a time as `2026-01-31T12:00:00Z`"
)]
pub struct InvalidSourceDate(String);

impl SourceDate {
    /// Returns the seconds since 1970.
    pub(crate) fn seconds(self) -> u64 {
        u64::try_from(self.0.unix_timestamp()).unwrap_or_default()
    }

    /// Returns the time as the image specification writes it (RFC 3339).
    pub(crate) fn rfc3339(self) -> String {
        // Every time from 1970 to 2242 has this form.
        self.0.format(&Rfc3339).unwrap_or_default()
    }
}

impl Default for SourceDate {
    fn default() -> Self {
        Self(OffsetDateTime::UNIX_EPOCH)
    }
}

impl FromStr for SourceDate {
    type Err = InvalidSourceDate;

    fn from_str(text: &str) -> Result<Self, InvalidSourceDate> {
        let seconds = match text.bytes().all(|digit| digit.is_ascii_digit()) {
            true => text.parse::<i64>().ok(),
            false => OffsetDateTime::parse(text, &Rfc3339)
                .or_else(|_| OffsetDateTime::parse(text, GIT))
                .ok()
                .map(OffsetDateTime::unix_timestamp),
        };
        let time = seconds
            .filter(|seconds| (0..=LATEST).contains(seconds))
            .and_then(|seconds| OffsetDateTime::from_unix_timestamp(seconds).ok());
        time.map(Self).ok_or_else(|| InvalidSourceDate(text.into()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_time_is_seconds_or_a_date_with_its_zone() {
        let cases = [
            ("0", Some("1970-01-01T00:00:00Z")),
            ("1767225600", Some("2026-01-01T00:00:00Z")),
            ("2026-01-01T01:00:00+01:00", Some("2026-01-01T00:00:00Z")),
            ("2026-01-01 01:00:00 +0100", Some("2026-01-01T00:00:00Z")),
            ("8589934591", Some("2242-03-16T12:56:31Z")),
            ("8589934592", None),
            ("-1", None),
            ("1969-12-31T23:59:59Z", None),
            ("2026-01-01", None),
            ("yesterday", None),
            ("", None),
            ("99999999999999999999", None),
        ];
        for (text, expected) in cases {
            assert_eq!(
                text.parse::<SourceDate>().ok().map(SourceDate::rfc3339).as_deref(),
                expected,
                "{text}"
            );
        }
    }
}
