//! When a request is sent again, and after how long.

use std::time::{Duration, Instant, SystemTime};

use reqwest::StatusCode;
use reqwest::header::{HeaderMap, RETRY_AFTER};

use crate::report;

/// The one retry policy: jittered exponential backoff within a total time; `Retry-After` is obeyed.
#[derive(Clone, Copy, Debug)]
pub struct Retry {
    /// The first pause; each further one is twice as long. 200 ms by default.
    pub first: Duration,
    /// The longest pause that we choose ourselves. 10 s by default.
    pub longest: Duration,
    /// How long a request may take with all its tries. A minute by default: a server that restarts is waited for.
    pub total: Duration,
}

impl Default for Retry {
    fn default() -> Self {
        Self {
            first: Duration::from_millis(200),
            longest: Duration::from_secs(10),
            total: Duration::from_secs(60),
        }
    }
}

/// Tells whether a status means "not now".
pub(super) fn is_temporary(status: StatusCode) -> bool {
    matches!(status.as_u16(), 408 | 429 | 500 | 502 | 503 | 504)
}

impl Retry {
    /// Returns the pause after `failed` tries (1 or more), or `None` if it would not fit into the total time, of which
    /// `elapsed` is over. `asked` is the pause that the server asks for.
    pub fn pause(&self, failed: u32, elapsed: Duration, asked: Option<Duration>) -> Option<Duration> {
        let backoff = self.first.saturating_mul(1 << failed.saturating_sub(1).min(16)).min(self.longest);
        // Between half and the whole, so that clients that failed together don't come back together.
        let jittered = backoff.mul_f64(rand::random_range(0.5..=1.0));
        let pause = asked.map_or(jittered, |asked| asked.max(jittered));
        (elapsed + pause <= self.total).then_some(pause)
    }

    /// Returns the policy for a server that another one can stand in for: it is not waited for as long.
    #[must_use]
    pub fn brief(self) -> Self {
        Self {
            longest: self.longest.min(Duration::from_secs(2)),
            total: self.total.min(Duration::from_secs(5)),
            ..self
        }
    }

    /// Begins to count the tries of one request.
    pub fn tries(&self) -> Tries {
        Tries { policy: *self, started: Instant::now(), failed: 0 }
    }
}

/// The tries of one request.
#[derive(Clone, Copy, Debug)]
pub struct Tries {
    policy: Retry,
    started: Instant,
    failed: u32,
}

impl Tries {
    /// Counts a try that failed, and waits before the next one; returns false if the time for it is over. `why` says
    /// what is waited for, which is told with how long; `asked` is the pause that the server asks for.
    pub async fn wait(&mut self, why: impl Into<String>, asked: Option<Duration>) -> bool {
        self.failed += 1;
        let Some(pause) = self.policy.pause(self.failed, self.started.elapsed(), asked) else { return false };
        let message = format!("{}; again in {:.1} s", why.into(), pause.as_secs_f64());
        if pause < WORTH_TELLING {
            report::debug(message)
        } else {
            report::info(message)
        }
        tokio::time::sleep(pause).await;
        true
    }
}

/// Shorter pauses are told to those alone who want to see everything.
const WORTH_TELLING: Duration = Duration::from_secs(1);

/// Reads `Retry-After`: seconds or a date (RFC 9110, section 10.2.3). Zero means "at least a second" to those who
/// send it (Vault), else clients would spin.
pub(super) fn retry_after(headers: &HeaderMap, now: SystemTime) -> Option<Duration> {
    let value = headers.get(RETRY_AFTER)?.to_str().ok()?.trim();
    let asked = match value.parse::<u64>() {
        Ok(seconds) => Duration::from_secs(seconds),
        Err(_) => httpdate::parse_http_date(value).ok()?.duration_since(now).unwrap_or_default(),
    };
    Some(asked.max(Duration::from_secs(1)))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn retry_after_is_read_as_seconds_or_date() {
        let now = SystemTime::UNIX_EPOCH;
        let cases = [
            ("3", Some(3)),
            ("0", Some(1)),
            ("Thu, 01 Jan 1970 00:00:07 GMT", Some(7)),
            ("soon", None),
            ("-1", None),
        ];
        for (value, seconds) in cases {
            let headers = HeaderMap::from_iter([(RETRY_AFTER, value.parse().unwrap())]);
            assert_eq!(retry_after(&headers, now), seconds.map(Duration::from_secs), "{value}");
        }
    }

    #[test]
    fn pauses_grow_and_end_with_the_total_time() {
        let retry = Retry::default();
        let third = retry.pause(3, Duration::ZERO, None).unwrap();
        assert!((400..=800).contains(&third.as_millis()), "{third:?}");
        assert_eq!(
            retry.pause(1, Duration::ZERO, Some(Duration::from_secs(600))),
            None,
            "longer than we wait"
        );
        assert_eq!(retry.pause(1, retry.total, None), None);
    }
}
