//! Why Vault did not do what it was asked.

use kit::http::{HttpError, StatusCode};

use super::{Answer, ApiPath};

/// Why a request to Vault failed.
#[derive(Debug, thiserror::Error)]
pub(crate) enum VaultError {
    /// The token may not do this.
    #[error("permission denied at `{path}`{detail}")]
    Denied { path: ApiPath, capability: &'static str, detail: Detail },
    /// The token itself is not known, or no longer.
    #[error("Vault does not accept the token (asked for `{path}`)")]
    InvalidToken { path: ApiPath },
    /// Nothing is there; the body may say more (a deleted version of KV 2).
    #[error("nothing is at `{path}`{detail}")]
    NotFound { path: ApiPath, detail: Detail, answer: Box<Answer> },
    /// Vault says no: bad input, wrong credentials, a check-and-set that failed.
    #[error("Vault refused `{path}` ({status}){detail}")]
    Refused { path: ApiPath, status: StatusCode, detail: Detail },
    /// The server is up but holds its data shut.
    #[error("Vault at {address} is sealed")]
    Sealed { address: String },
    /// The server was never set up.
    #[error("Vault at {address} is not initialized")]
    NotInitialized { address: String },
    /// The node asked is a standby that can't answer this.
    #[error("Vault at {address} is a standby and could not answer `{path}` ({status})")]
    Standby { address: String, path: ApiPath, status: StatusCode },
    /// The answer lacks what it must have.
    #[error("Vault's answer to `{path}` has no {missing}")]
    Incomplete { path: ApiPath, missing: &'static str },
    /// There is no token to ask with.
    #[error("{0}")]
    Login(kit::Error),
    /// No answer, or one that can't be read.
    #[error(transparent)]
    Http(#[from] HttpError),
}

/// What Vault says of a failure: printed as `: text; text`, or not at all.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(crate) struct Detail(pub(super) Vec<String>);

impl std::fmt::Display for Detail {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        if self.0.is_empty() { Ok(()) } else { write!(f, ": {}", self.0.join("; ")) }
    }
}

impl Detail {
    /// Tells whether Vault's text contains `words`.
    pub(crate) fn says(&self, words: &str) -> bool {
        self.0.iter().any(|text| text.contains(words))
    }
}

impl VaultError {
    /// Returns the error for a status of 400 and above.
    pub(super) fn of(
        status: StatusCode,
        path: &ApiPath,
        capability: &'static str,
        address: &str,
        answer: Answer,
    ) -> Self {
        let (path, address) = (path.clone(), address.to_owned());
        let mut texts = answer.envelope.error_texts();
        let detail = |texts: Vec<String>| Detail(texts);
        match status.as_u16() {
            403 if texts.iter().any(|text| text.contains("invalid token") || text.contains("bad token")) => {
                Self::InvalidToken { path }
            }
            403 => {
                texts.retain(|text| !text.trim_end_matches([' ', '*']).ends_with("permission denied"));
                Self::Denied { path, capability, detail: detail(texts) }
            }
            404 => {
                texts.extend(answer.envelope.warnings.iter().cloned());
                Self::NotFound { path, detail: detail(texts), answer: Box::new(answer) }
            }
            503 if texts.iter().any(|text| text.contains("sealed")) => Self::Sealed { address },
            501 => Self::NotInitialized { address },
            412 | 472 | 473 => Self::Standby { address, path, status },
            _ => Self::Refused { path, status, detail: detail(texts) },
        }
    }

    /// Tells whether nothing is at the path.
    pub(crate) fn is_not_found(&self) -> bool {
        matches!(self, Self::NotFound { .. })
    }

    /// Tells whether the token's policies forbid the request.
    pub(crate) fn is_denied(&self) -> bool {
        matches!(self, Self::Denied { .. })
    }

    /// Tells whether the path does not take such a request: a Vault older than the method, say.
    pub(crate) fn is_unsupported(&self) -> bool {
        matches!(self, Self::Refused { status, .. } if *status == StatusCode::METHOD_NOT_ALLOWED)
    }

    /// Tells whether Vault refused with these words.
    pub(crate) fn says(&self, words: &str) -> bool {
        match self {
            Self::Refused { detail, .. } | Self::Denied { detail, .. } | Self::NotFound { detail, .. } => {
                detail.says(words)
            }
            _ => false,
        }
    }

    /// Returns what to do next, where the error alone tells.
    pub(crate) fn advice(&self) -> Option<String> {
        match self {
            Self::Denied { path, capability, .. } => {
                Some(format!("a policy of the token must grant `{capability}` on `{path}`"))
            }
            Self::InvalidToken { .. } => {
                Some("the token is wrong, expired or revoked: give a new one".into())
            }
            Self::Sealed { .. } => Some("unseal it (`vault operator unseal`), then run this again".into()),
            Self::NotInitialized { .. } => Some("initialize it (`vault operator init`)".into()),
            Self::Standby { .. } => {
                Some("let `address` name the cluster's active node, or its load balancer".into())
            }
            Self::Http(HttpError::Connection { cause, .. }) if cause.is_certificate() => Some(
                "give the authority's certificate as `ca_certs`; `tls_server_name` if it names another host"
                    .into(),
            ),
            Self::Http(HttpError::Connection { .. }) => {
                Some("is `address` right, and can a worker reach it?".into())
            }
            Self::Refused { status, .. } if *status == StatusCode::METHOD_NOT_ALLOWED => Some(
                "Vault takes another method there: `method: write` for a POST, `method: read` for a GET"
                    .into(),
            ),
            _ => None,
        }
    }

    /// Returns the error of a step, with advice.
    pub(crate) fn explained(self) -> kit::Error {
        if let Self::Login(error) = self {
            return error;
        }
        let advice = self.advice();
        let error = kit::Error::from(self);
        match advice {
            Some(advice) => error.hint(advice),
            None => error,
        }
    }
}
