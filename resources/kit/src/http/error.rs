//! Why a request brought no response.

use std::time::Duration;

/// Why a request brought no usable response. URLs in it are without user, password and query.
#[derive(Debug, thiserror::Error)]
pub enum HttpError {
    /// The client could not be set up.
    #[error("cannot set up TLS: {0}")]
    Setup(String),
    /// No connection, or one that broke before the response's head.
    #[error("{method} {url} failed")]
    Connection {
        /// The request's method.
        method: String,
        /// Where it went.
        url: String,
        /// What the client library says.
        #[source]
        cause: Cause,
    },
    /// The response's body broke off and could not be resumed.
    #[error("the answer of {url} broke off after {received} bytes")]
    BrokenOff {
        /// Where it came from.
        url: String,
        /// How much had come.
        received: u64,
        /// What the client library says.
        #[source]
        cause: Cause,
    },
    /// The body is larger than what makes sense there.
    #[error("the answer of {url} is larger than {limit} bytes")]
    TooLarge {
        /// Where it came from.
        url: String,
        /// The limit in bytes.
        limit: u64,
    },
    /// The body isn't the JSON that was expected.
    #[error("the answer of {url} is not what was expected: {detail}")]
    Malformed {
        /// Where it came from.
        url: String,
        /// What was found instead, without content.
        detail: String,
    },
    /// A status that is no success.
    #[error("{method} {url} answered {status}{detail}")]
    Status {
        /// The request's method.
        method: String,
        /// Where it went.
        url: String,
        /// The status.
        status: reqwest::StatusCode,
        /// What the body said, prefixed by `: `, or nothing.
        detail: String,
    },
}

/// The innermost reason of a failed connection, and whether another try makes sense.
#[derive(Debug, thiserror::Error)]
#[error("{text}")]
pub struct Cause {
    text: String,
    /// Whether the request certainly never reached the server, so that even a write can be sent again.
    pub(super) never_sent: bool,
    /// Whether another try may succeed.
    pub(super) temporary: bool,
}

impl Cause {
    pub(super) fn new(text: impl Into<String>, temporary: bool) -> Self {
        Self { text: text.into(), never_sent: false, temporary }
    }

    /// Reads the reason off reqwest's chain of errors, whose outer texts repeat the URL with its query.
    pub(super) fn of(error: &reqwest::Error, timeout: Duration) -> Self {
        let mut texts: Vec<String> = Vec::new();
        let mut source = std::error::Error::source(error);
        while let Some(cause) = source {
            texts.push(cause.to_string());
            source = cause.source();
        }
        let innermost = texts.last().cloned().unwrap_or_else(|| error.without_url_text());
        let certificate =
            texts.iter().any(|text| text.contains("certificate") || text.contains("UnknownIssuer"));
        let text = if error.is_timeout() {
            format!("no answer within {} s", timeout.as_secs())
        } else if texts.iter().any(|text| text.contains("dns error")) {
            format!("the name can't be resolved: {innermost}")
        } else {
            innermost
        };
        let temporary = !(certificate || error.is_builder() || error.is_redirect());
        Self { text, never_sent: error.is_connect(), temporary }
    }

    /// Tells whether the server answered in TLS, though no connection came of it: it speaks no plain HTTP there.
    pub fn is_tls(&self) -> bool {
        let of_tls = ["received fatal alert", "peer is incompatible", "peer misbehaved"];
        self.is_certificate() || of_tls.iter().any(|text| self.text.contains(text))
    }

    /// Tells whether the server did not answer in TLS, as one that speaks plain HTTP.
    pub fn is_plain(&self) -> bool {
        self.text.contains("received corrupt message of type InvalidContentType")
    }

    /// Tells whether the server's certificate was refused, which `ca_certs` can mend.
    pub fn is_certificate(&self) -> bool {
        self.text.contains("certificate") || self.text.contains("UnknownIssuer")
    }
}

trait WithoutUrl {
    fn without_url_text(&self) -> String;
}

impl WithoutUrl for reqwest::Error {
    fn without_url_text(&self) -> String {
        let kind = match () {
            () if self.is_redirect() => "too many redirects",
            () if self.is_timeout() => "timed out",
            () if self.is_body() => "the body could not be sent",
            () => "the request failed",
        };
        kind.to_owned()
    }
}

impl HttpError {
    /// Returns the status, where there was an answer.
    pub fn status(&self) -> Option<reqwest::StatusCode> {
        match self {
            Self::Status { status, .. } => Some(*status),
            _ => None,
        }
    }

    /// Tells whether the server could not be reached at all.
    pub fn is_connection(&self) -> bool {
        matches!(self, Self::Connection { .. })
    }
}
