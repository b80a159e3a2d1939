//! The stub's clock, which tests can put forward.

use std::time::{Duration, SystemTime, UNIX_EPOCH};

/// A clock that runs as the machine's does, so far ahead of it.
#[derive(Debug, Default)]
pub(super) struct Clock {
    ahead: Duration,
}

impl Clock {
    /// Returns seconds since 1970.
    pub(super) fn now(&self) -> i64 {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970") + self.ahead;
        i64::try_from(now.as_secs()).expect("a clock before the year 292277026596")
    }

    pub(super) fn advance(&mut self, time: Duration) {
        self.ahead += time;
    }
}

/// Returns a moment as Quay's API writes it, RFC 2822 with `-0000`.
pub(super) fn rfc_2822(seconds: i64) -> String {
    let seconds = u64::try_from(seconds).unwrap_or_default();
    let date = httpdate::fmt_http_date(UNIX_EPOCH + Duration::from_secs(seconds));
    date.replace("GMT", "-0000")
}
