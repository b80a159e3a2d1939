//! The kit's retry policy, for requests that go through kube's client.

use std::sync::OnceLock;

use kit::RetryFor;
use kit::http::Retry;

use crate::cluster::ApiError;

/// A step is one process that talks to one cluster, so what its source says holds for all of it.
static POLICY: OnceLock<Retry> = OnceLock::new();

/// Sets how long requests are repeated from now on. The first to say so counts.
pub fn retry_all_for(retry_for: RetryFor) {
    POLICY.get_or_init(|| retry_for.policy());
}

/// Sends what `request` makes until it succeeds, the answer is final, or the policy's time is over.
///
/// Everything sent through here must be harmless when it arrives twice.
///
/// # Errors
/// The last error.
pub async fn retrying<T, F>(what: &str, mut request: impl FnMut() -> F) -> Result<T, ApiError>
where
    F: Future<Output = kube::Result<T>>,
{
    let mut tries = POLICY.get().copied().unwrap_or_default().tries();
    loop {
        let problem = match request().await {
            Ok(answer) => return Ok(answer),
            Err(problem) => ApiError::from(problem),
        };
        let again =
            problem.is_temporary() && tries.wait(format!("{what}: {problem}"), problem.asked_pause()).await;
        if !again {
            return Err(problem);
        }
    }
}
