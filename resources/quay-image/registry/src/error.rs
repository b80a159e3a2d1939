//! Why a registry did not give what was asked for.

use std::fmt;

use kit::http::{HttpError, StatusCode};

use crate::{InvalidManifest, Mismatch};

/// Why a registry did not give, or take, what was wanted.
///
/// It becomes a [`kit::Error`] with `?`, which keeps the hint. (It is no `std::error::Error`, since every one of those
/// becomes a kit error already, without a hint.)
pub struct RegistryError {
    /// What was tried, with the full name of what it was tried on: `read the manifest of quay.io/acme/app:1.2`.
    action: String,
    cause: Cause,
    hint: Option<String>,
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Cause {
    /// No answer.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// An answer that refuses.
    #[error("{method} {url} answered {status}{detail}")]
    Refused {
        /// The request's method.
        method: String,
        /// Where it went, without its query.
        url: String,
        /// The answer's status.
        status: StatusCode,
        /// The registry's own word for it, as `TAG_IMMUTABLE`; empty if it has none.
        code: String,
        /// What the body said, prefixed by `: `, or nothing.
        detail: String,
    },
    /// A manifest that can't be read.
    #[error("the manifest can't be used")]
    Manifest(#[from] InvalidManifest),
    /// Content that isn't what was asked for.
    #[error(transparent)]
    Mismatch(#[from] Mismatch),
    /// An answer against the protocol.
    #[error("{0}")]
    Protocol(String),
}

impl RegistryError {
    pub(crate) fn new(action: impl Into<String>, cause: impl Into<Cause>) -> Self {
        Self { action: action.into(), cause: cause.into(), hint: None }
    }

    /// Returns what went wrong.
    pub fn cause(&self) -> &Cause {
        &self.cause
    }

    /// Returns the status of the answer, where there was one.
    pub fn status(&self) -> Option<StatusCode> {
        match &self.cause {
            Cause::Refused { status, .. } => Some(*status),
            Cause::Http(problem) => problem.status(),
            _ => None,
        }
    }

    /// Returns the registry's own word for the refusal, as `TAG_IMMUTABLE` or `DENIED`; empty if it gave none.
    pub fn code(&self) -> &str {
        match &self.cause {
            Cause::Refused { code, .. } => code,
            _ => "",
        }
    }

    /// Tells whether what was asked for is not there: 404, which Quay also says of an expired tag.
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(StatusCode::NOT_FOUND)
    }

    /// Tells whether the registry can't be reached at all.
    pub fn is_unreachable(&self) -> bool {
        matches!(&self.cause, Cause::Http(problem) if problem.is_connection())
    }
}

impl fmt::Display for RegistryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}: {}", self.action, self.cause)
    }
}

impl fmt::Debug for RegistryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl From<RegistryError> for kit::Error {
    fn from(error: RegistryError) -> Self {
        let cause = kit::Error::from(error.cause).context(format!("cannot {}", error.action));
        match error.hint {
            Some(hint) => cause.hint(hint),
            None => cause,
        }
    }
}
