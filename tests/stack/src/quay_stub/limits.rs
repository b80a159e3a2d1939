//! The limits of Quay's own nginx configuration.

use std::collections::HashMap;
use std::sync::{Arc, PoisonError};
use std::time::Instant;

use axum::extract::{Request, State};
use axum::http::StatusCode;
use axum::middleware::Next;
use axum::response::Response;

use super::Quay;
use super::refusal::page;

/// How many requests of a kind pass, once limits are enforced.
#[derive(Debug, Default)]
pub(super) struct Limits {
    enforced: bool,
    /// For each kind, how many requests are ahead of its rate, and since when.
    ahead: HashMap<&'static str, (f64, Instant)>,
}

/// Requests a second, and how many more may come at once: nginx's leaky bucket.
struct Rate {
    kind: &'static str,
    per_second: f64,
    burst: f64,
}

impl Limits {
    pub(super) fn enforce(&mut self) {
        self.enforced = true;
    }

    fn lets_pass(&mut self, path: &str, now: Instant) -> bool {
        let Some(rate) = self.enforced.then(|| rate(path)).flatten() else { return true };
        let (ahead, since) = self.ahead.entry(rate.kind).or_insert((0.0, now));
        let drained = (*ahead - now.duration_since(*since).as_secs_f64() * rate.per_second).max(0.0);
        let passes = drained <= rate.burst;
        (*ahead, *since) = (drained + f64::from(u8::from(passes)), now);
        passes
    }
}

fn rate(path: &str) -> Option<Rate> {
    let rate = |kind, per_second, burst| Some(Rate { kind, per_second, burst });
    match path {
        "/v2/auth" => rate("auth", 120.0, 100.0),
        path if path.starts_with("/v2/") && path.contains("/tags/") => rate("tags", 5.0, 2.0),
        path if path.starts_with("/v2/") && path.contains("/manifests/") => rate("manifests", 50.0, 10.0),
        path if path.contains("/api/") => rate("api", 5.0, 25.0),
        _ => None,
    }
}

/// Answers 429 with a page and without `Retry-After` where a limit is exceeded.
pub(super) async fn throttle(State(quay): State<Arc<Quay>>, request: Request, next: Next) -> Response {
    let passes = {
        let mut limits = quay.limits.lock().unwrap_or_else(PoisonError::into_inner);
        limits.lets_pass(request.uri().path(), Instant::now())
    };
    if passes { next.run(request).await } else { page(StatusCode::TOO_MANY_REQUESTS) }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use super::*;

    #[test]
    fn bursts_pass_and_then_the_rate_counts() {
        let mut limits = Limits::default();
        let start = Instant::now();
        let path = "/v2/acme/app/tags/list";
        assert!((0..100).all(|_| limits.lets_pass(path, start)), "off by default");
        limits.enforce();
        let passed = (0..10).filter(|_| limits.lets_pass(path, start)).count();
        assert_eq!(passed, 3, "one and a burst of two");
        assert!(limits.lets_pass(path, start + Duration::from_millis(201)));
        assert!(!limits.lets_pass(path, start + Duration::from_millis(202)));
        assert!(limits.lets_pass("/api/v1/repository", start), "other kinds have limits of their own");
    }
}
