//! Points in time, as the record of runs has them.

use time::OffsetDateTime;
use time::macros::format_description;

/// Returns milliseconds since 1970.
pub(crate) fn now() -> i64 {
    i64::try_from(OffsetDateTime::now_utc().unix_timestamp_nanos() / 1_000_000).unwrap_or(i64::MAX)
}

/// Returns a point in time for people, in UTC.
pub(crate) fn local_time(milliseconds: i64) -> String {
    let shape = format_description!("[year]-[month]-[day] [hour]:[minute]:[second]");
    let time = OffsetDateTime::from_unix_timestamp(milliseconds / 1000);
    time.ok().and_then(|time| time.format(&shape).ok()).unwrap_or_default()
}
