//! Stopping what runs: by hand, because a sibling failed, or because time is over.

use std::time::Duration;

use tokio::time::Instant;
use tokio_util::sync::CancellationToken;

use crate::outcome::Problem;

/// Tells steps to stop. Those within a step stop with it.
#[derive(Clone, Debug)]
pub struct Cancellation {
    token: CancellationToken,
    deadline: Option<Instant>,
}

/// Why a step must stop.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Reason {
    /// Somebody, or a sibling's failure, stopped it.
    Canceled,
    /// Its time is over.
    DeadlineExceeded,
}

impl Cancellation {
    /// Returns one that nothing stops yet.
    pub fn new() -> Self {
        Self { token: CancellationToken::new(), deadline: None }
    }

    /// Returns one that stops with this one, or by itself.
    #[must_use]
    pub fn child(&self) -> Self {
        Self { token: self.token.child_token(), deadline: self.deadline }
    }

    /// Returns one that stops with this one, or when `duration` is over.
    #[must_use]
    pub fn within(&self, duration: Duration) -> Self {
        let own = Instant::now().checked_add(duration);
        let deadline = match (self.deadline, own) {
            (Some(outer), Some(own)) => Some(outer.min(own)),
            (outer, own) => outer.or(own),
        };
        Self { token: self.token.child_token(), deadline }
    }

    /// Stops everything that holds this or a child of it.
    pub fn cancel(&self) {
        self.token.cancel();
    }

    /// Returns why to stop; nothing while there is no need to.
    pub fn reason(&self) -> Option<Reason> {
        if self.token.is_cancelled() {
            return Some(Reason::Canceled);
        }
        self.deadline.filter(|deadline| *deadline <= Instant::now()).map(|_| Reason::DeadlineExceeded)
    }

    /// Returns the reason to stop as the problem of a step; nothing while there is none.
    pub fn problem(&self) -> Option<Problem> {
        self.reason().map(Reason::problem)
    }

    /// Waits until there is a reason to stop.
    pub async fn stopped(&self) -> Reason {
        match self.deadline {
            None => {
                self.token.cancelled().await;
                Reason::Canceled
            }
            Some(deadline) => tokio::select! {
                biased;
                () = self.token.cancelled() => Reason::Canceled,
                () = tokio::time::sleep_until(deadline) => Reason::DeadlineExceeded,
            },
        }
    }
}

impl Default for Cancellation {
    fn default() -> Self {
        Self::new()
    }
}

impl Reason {
    /// Returns the reason as the problem of a step.
    pub fn problem(self) -> Problem {
        match self {
            Self::Canceled => Problem::interrupted(),
            Self::DeadlineExceeded => Problem::timed_out(),
        }
    }
}
