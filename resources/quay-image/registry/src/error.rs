//! Why a registry did not give what was asked for.

use std::fmt;

use kit::http::{HttpError, StatusCode};

use crate::{InvalidManifest, Mismatch};

/// Why a registry did not give, or take, what was wanted.
///
/// It becomes a [`kit::Error`] with `?`, which keeps the hint. (It is no `std::error::Error`, since every one of those
/// becomes a kit error already, without a hint.)
pub struct RegistryError(Box<Inner>);

struct Inner {
    /// What was tried, with the full name of what it was tried on: ``read the manifest of `quay.io/acme/app:1.2` ``.
    action: String,
    cause: Cause,
    /// Whether the request went out without credentials.
    anonymous: bool,
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Cause {
    /// No answer, or one that refuses.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// A manifest that can't be read.
    #[error("the manifest can't be used")]
    Manifest(#[from] InvalidManifest),
    /// Content that isn't what was asked for.
    #[error(transparent)]
    Mismatch(#[from] Mismatch),
    /// A cloud that gives no identity.
    #[error("cannot log in with an identity of {cloud}: {error}")]
    Login {
        /// AWS, Azure or Google.
        cloud: String,
        /// What it says.
        error: kit::Error,
    },
    /// An index without an image for the platform.
    #[error("{0}")]
    Platform(String),
    /// An image's configuration that can't be read.
    #[error("the configuration is malformed")]
    Config(#[source] serde_json::Error),
    /// A page for people instead of an answer.
    #[error("{0} answered with a web page")]
    WebPage(String),
    /// An answer against the protocol.
    #[error("{0}")]
    Protocol(String),
}

impl RegistryError {
    pub(crate) fn new(action: impl Into<String>, cause: impl Into<Cause>, anonymous: bool) -> Self {
        Self(Box::new(Inner { action: action.into(), cause: cause.into(), anonymous }))
    }

    /// Returns what went wrong.
    pub fn cause(&self) -> &Cause {
        &self.0.cause
    }

    /// Returns the status of the answer, where there was one.
    pub fn status(&self) -> Option<StatusCode> {
        self.0.cause.status()
    }

    /// Returns the registry's own word for the refusal, as `TAG_IMMUTABLE` or `DENIED`; empty if it gave none.
    pub fn code(&self) -> &str {
        self.0.cause.code()
    }

    /// Tells whether what was asked for is not there: 404, which Quay also says of an expired tag.
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(StatusCode::NOT_FOUND)
    }

    /// Tells whether the registry can't be reached at all.
    pub fn is_unreachable(&self) -> bool {
        matches!(&self.0.cause, Cause::Http(problem) if problem.is_connection())
    }
}

impl Cause {
    pub(crate) fn status(&self) -> Option<StatusCode> {
        match self {
            Self::Http(problem) => problem.status(),
            _ => None,
        }
    }

    pub(crate) fn code(&self) -> &str {
        let Self::Http(HttpError::Status { detail, .. }) = self else { return "" };
        // The kit shows the registry's error as `: CODE: message`.
        let word = detail.trim_start_matches(": ").split(':').next().unwrap_or_default();
        let is_code = !word.is_empty() && word.bytes().all(|byte| byte.is_ascii_uppercase() || byte == b'_');
        if is_code { word } else { "" }
    }

    /// Returns the text with what lies behind it, in one line.
    pub(crate) fn in_full(&self) -> String {
        let mut text = self.to_string();
        let mut source = std::error::Error::source(self);
        while let Some(cause) = source {
            text.push_str(&format!(": {cause}"));
            source = cause.source();
        }
        text
    }

    /// Returns what to do about it, where that is known.
    fn hint(&self, anonymous: bool) -> Option<String> {
        match self {
            Self::Http(HttpError::Status { status, detail, .. }) => {
                status_hint(*status, self.code(), detail, anonymous)
            }
            Self::Http(HttpError::Connection { cause, .. }) if cause.is_certificate() => Some(
                "add the certificate of the registry's CA to `ca_certs`; `insecure` would trust anybody"
                    .into(),
            ),
            Self::Http(HttpError::Connection { cause, .. }) if cause.is_plain() => {
                Some("the registry speaks plain HTTP there: `insecure: true` allows it".into())
            }
            Self::Http(HttpError::Connection { cause, .. }) => connection_hint(&cause.to_string()),
            Self::Http(HttpError::Malformed { detail, .. }) if detail.contains("text/html") => {
                Some(NOT_A_REGISTRY.into())
            }
            Self::Http(HttpError::BrokenOff { .. }) => Some(
                "the registry, or something on the way to it, keeps breaking off: try later, or by another way (a proxy, a mirror)"
                    .into(),
            ),
            Self::Manifest(InvalidManifest::SchemaOne) => {
                Some("push the image again with a current tool; no registry keeps schema 1 for long".into())
            }
            Self::Mismatch(_) => Some(
                "the registry, or a proxy before it, damages content; try again, then ask its operator"
                    .into(),
            ),
            Self::Login { error, .. } => error.advice().map(str::to_owned),
            Self::WebPage(_) => Some(NOT_A_REGISTRY.into()),
            Self::Platform(_) => Some("name one of these with `platform`".into()),
            _ => None,
        }
    }
}

const NOT_A_REGISTRY: &str = "a web page came instead of a registry's answer: is the host in `repository` right, and does no proxy ask for a login?";

fn status_hint(status: StatusCode, code: &str, detail: &str, anonymous: bool) -> Option<String> {
    let hint = match (status.as_u16(), code) {
        (401, _) if anonymous => {
            "the repository is private or does not exist: give `username` and `password`, and check `repository`"
        }
        (401, _) => {
            "check `username` and `password`, and that the user may read (for a put, write) the repository; \
             a repository that does not exist looks the same"
        }
        (403, _) => "the user may not do this there, or a quota is used up",
        (404, _) => {
            "check `repository`; a repository that you may not read can look like one that does not exist"
        }
        (409, "TAG_IMMUTABLE") => "the tag must not move: push another one, or lift its immutability in Quay",
        (413, _) => "the registry limits how large this may be: Quay takes manifests up to 1 MiB",
        (416, _) => "the registry has less of it than the manifest says: push the image again",
        (429, _) => {
            "the registry limits how often it is asked: check less often (`check_every`), log in, or use a mirror"
        }
        (500..=599, _) => "the registry has a fault of its own; it was asked again for a while, so try later",
        _ if detail.contains("HTML") => NOT_A_REGISTRY,
        _ => return None,
    };
    Some(hint.into())
}

fn connection_hint(cause: &str) -> Option<String> {
    let hint = match () {
        () if cause.contains("redirect") => {
            "the registry redirects without end; is the host in `repository` right?"
        }
        () if cause.contains("can't be resolved") => "check the host in `repository`, and the worker's DNS",
        () => "check the host in `repository`, and whether the worker needs a proxy to reach it",
    };
    Some(hint.into())
}

impl fmt::Display for RegistryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "cannot {}: {}", self.0.action, self.0.cause.in_full())
    }
}

impl fmt::Debug for RegistryError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{self}")
    }
}

impl From<RegistryError> for kit::Error {
    fn from(error: RegistryError) -> Self {
        let Inner { action, cause, anonymous } = *error.0;
        let hint = cause.hint(anonymous);
        let cause = Self::from(cause).context(format!("cannot {action}"));
        match hint {
            Some(hint) => cause.hint(hint),
            None => cause,
        }
    }
}
