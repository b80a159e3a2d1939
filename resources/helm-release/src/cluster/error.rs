//! Why the API server did not do what was asked.

use std::error::Error as StdError;
use std::fmt;
use std::time::Duration;

use kit::Error;
use tower::BoxError;

/// Why the API server did not do what was asked: kube's error, told for people.
///
/// It becomes a [`kit::Error`] with `?`, which then says what to do next. (It is no `std::error::Error`, since every one
/// of those becomes a kit error already, without a hint.)
#[derive(Debug)]
pub struct ApiError(Box<kube::Error>);

impl ApiError {
    /// Returns the status that the API server answered; `None` where it did not answer.
    pub fn code(&self) -> Option<u16> {
        match &*self.0 {
            kube::Error::Api(status) => Some(status.code),
            _ => None,
        }
    }

    /// Returns how long the API server wants to be left alone. Zero means "at least a second", else clients would spin.
    pub(crate) fn asked_pause(&self) -> Option<Duration> {
        let kube::Error::Api(status) = &*self.0 else { return None };
        let seconds = status.details.as_ref()?.retry_after_seconds;
        matches!(status.code, 429 | 503).then(|| Duration::from_secs(u64::from(seconds.max(1))))
    }

    /// Tells whether another try may succeed. A certificate that is refused now will be refused again.
    pub(crate) fn is_temporary(&self) -> bool {
        match &*self.0 {
            kube::Error::Api(status) => matches!(status.code, 408 | 429 | 500 | 502 | 503 | 504),
            kube::Error::Service(problem) => !is_certificate(problem.as_ref()),
            kube::Error::HyperError(_) | kube::Error::ReadEvents(_) => true,
            _ => false,
        }
    }

    fn hint(&self) -> Option<&'static str> {
        match &*self.0 {
            kube::Error::Api(status) if status.code == 401 => {
                Some("the cluster does not know these credentials: are they expired, or for another cluster?")
            }
            kube::Error::Service(problem) if is_certificate(problem.as_ref()) => Some(
                "give the certificate of the cluster's CA as `cluster_ca` (or in the kubeconfig); `tls_server_name` is for \
                 one that names the server otherwise",
            ),
            kube::Error::Service(_) => Some(
                "check the address, and whether the worker reaches it: `proxy_url` and `bastion` are ways around; \
                 `retry_for` says how long a server that restarts is waited for",
            ),
            _ => None,
        }
    }
}

impl From<kube::Error> for ApiError {
    fn from(problem: kube::Error) -> Self {
        Self(Box::new(problem))
    }
}

impl fmt::Display for ApiError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match &*self.0 {
            kube::Error::Api(status) if status.message.is_empty() => {
                write!(f, "the API server answered {} {}", status.code, status.reason)
            }
            kube::Error::Api(status) => f.write_str(&status.message),
            // Ours already, see `Unreachable`; kube would put `ServiceError:` before it.
            kube::Error::Service(problem) => write!(f, "{problem}"),
            kube::Error::HyperError(_) => f.write_str("the API server's answer broke off"),
            other => write!(f, "{}", Error::new(other.to_string())),
        }
    }
}

impl From<ApiError> for Error {
    fn from(error: ApiError) -> Self {
        let told = Self::new(error.to_string());
        match error.hint() {
            Some(hint) => told.hint(hint),
            None => told,
        }
    }
}

/// No answer from an API server, which is named: the libraries below say only what happened to a connection.
#[derive(Debug, thiserror::Error)]
#[error("the API server at `{server}` can't be reached: {}", innermost(cause.as_ref()))]
pub(super) struct Unreachable {
    /// Its URL, without anything secret.
    pub(super) server: String,
    #[source]
    pub(super) cause: BoxError,
}

/// Returns the reason at the bottom: those above it say no more than that something failed.
fn innermost(problem: &(dyn StdError + 'static)) -> String {
    let mut texts = Vec::new();
    let mut next = Some(problem);
    while let Some(current) = next {
        texts.push(current.to_string());
        next = current.source();
    }
    let last = texts.pop().unwrap_or_default();
    match texts.iter().any(|text| text.contains("dns error")) {
        true => format!("the name can't be resolved: {last}"),
        false => last,
    }
}

fn is_certificate(problem: &(dyn StdError + 'static)) -> bool {
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

#[cfg(test)]
mod tests {
    use super::*;

    fn status(code: u16, message: &str, reason: &str) -> ApiError {
        let status = kube::core::Status::failure(message, reason).with_code(code);
        kube::Error::Api(Box::new(status)).into()
    }

    #[test]
    fn what_kube_says_is_told_for_people() {
        let cause = std::io::Error::from_raw_os_error(111);
        let unreachable = Unreachable { server: "https://k8s:6443/".into(), cause: cause.into() };
        let cases = [
            (status(403, "secrets is forbidden", "Forbidden"), "secrets is forbidden"),
            (status(500, "", "InternalError"), "the API server answered 500 InternalError"),
            (
                kube::Error::Service(unreachable.into()).into(),
                "the API server at `https://k8s:6443/` can't be reached: Connection refused (os error 111)",
            ),
        ];
        for (error, expected) in cases {
            assert_eq!(Error::from(error).to_string(), expected);
        }
        assert!(
            Error::from(status(401, "Unauthorized", "Unauthorized")).advice().unwrap().contains("expired")
        );
    }
}
