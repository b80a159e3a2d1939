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
    let mut pause = policy.first;
    loop {
        let problem = match request().await {
            Ok(answer) => return Ok(answer),
            Err(problem) if is_temporary(&problem) && started.elapsed() + pause <= policy.total => problem,
            Err(problem) => return Err(problem),
        };
        let text = format!("{what}: {}; again in {:.1} s", kit::Error::from(problem), pause.as_secs_f64());
        if pause < Duration::from_secs(1) {
            report::debug(text)
        } else {
            report::info(text)
        }
        tokio::time::sleep(pause).await;
        pause = (pause * 2).min(policy.longest);
    }
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
