//! The kit's retry policy, for requests that go through kube's client.

use std::time::{Duration, Instant};

use kit::http::Retry;
use kit::report;

/// Sends what `request` makes until it succeeds, the answer is final, or the policy's time is over.
///
/// Everything sent through here must be harmless when it arrives twice.
///
/// # Errors
/// The last error.
pub async fn retrying<T, F>(what: &str, mut request: impl FnMut() -> F) -> kube::Result<T>
where
    F: Future<Output = kube::Result<T>>,
{
    let policy = Retry::default();
    let started = Instant::now();
    let mut failed = 0;
    loop {
        let problem = match request().await {
            Ok(answer) => return Ok(answer),
            Err(problem) => problem,
        };
        failed += 1;
        let pause = policy.pause(failed, started.elapsed(), asked_for(&problem));
        let Some(pause) = pause.filter(|_| is_temporary(&problem)) else { return Err(problem) };
        let text = format!("{what}: {}; again in {:.1} s", kit::Error::from(problem), pause.as_secs_f64());
        if pause < Duration::from_secs(1) {
            report::debug(text)
        } else {
            report::info(text)
        }
        tokio::time::sleep(pause).await;
    }
}

/// Returns how long the API server wants to be left alone. Zero means "at least a second", else clients would spin.
fn asked_for(problem: &kube::Error) -> Option<Duration> {
    let kube::Error::Api(status) = problem else { return None };
    let seconds = status.details.as_ref()?.retry_after_seconds;
    matches!(status.code, 429 | 503).then(|| Duration::from_secs(u64::from(seconds.max(1))))
}

fn is_temporary(problem: &kube::Error) -> bool {
    match problem {
        kube::Error::Api(status) => matches!(status.code, 408 | 429 | 500 | 502 | 503 | 504),
        kube::Error::Service(problem) => !is_certificate(problem.as_ref()),
        kube::Error::HyperError(_) | kube::Error::ReadEvents(_) => true,
        _ => false,
    }
}

/// A certificate that is refused now will be refused again.
fn is_certificate(problem: &(dyn std::error::Error + 'static)) -> bool {
    let mut next = Some(problem);
    while let Some(current) = next {
        let text = current.to_string();
        if text.contains("certificate") || text.contains("UnknownIssuer") {
            return true;
        }
        next = current.source();
    }
    false
}
