//! `retry_for`, which every resource's source has.

use std::time::Duration;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::Span;
use crate::http::Retry;

/// How long a request may be repeated while the server can't be reached, restarts, or asks to wait: the same key, with
/// the same default, in the source of every resource.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Deserialize, Serialize, JsonSchema)]
#[serde(transparent)]
#[schemars(inline)]
pub struct RetryFor(Span);

impl RetryFor {
    /// Returns the length of time.
    pub fn duration(self) -> Duration {
        self.0.duration()
    }

    /// Returns the kit's retry policy, within that time. None at all sends every request once.
    pub fn policy(self) -> Retry {
        Retry { total: self.duration(), ..Retry::default() }
    }
}

/// What restarts, or elects a leader, is back within a minute.
impl Default for RetryFor {
    fn default() -> Self {
        Self(Span::from_seconds(Retry::default().total.as_secs()))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_default_is_a_minute_and_none_at_all_sends_once() {
        assert_eq!(serde_json::to_value(RetryFor::default()).unwrap(), "1m");
        let never: RetryFor = serde_json::from_value(0.into()).unwrap();
        assert_eq!(never.policy().pause(1, Duration::ZERO, None), None);
    }
}
