//! Why Quay's API did not do what was wanted.

use kit::http::{HttpError, StatusCode};

use crate::{Credentials, Scope};

/// Why Quay's API did not do what was wanted.
///
/// It becomes a [`kit::Error`] with `?`, which then says what to do next, naming the scope that a token lacks. (It is no
/// `std::error::Error`, since every one of those becomes a kit error already, without a hint.)
#[derive(Debug)]
pub struct QuayError(Box<Inner>);

#[derive(Debug)]
struct Inner {
    /// What was tried: ``list the tags of `acme/app` ``.
    action: String,
    cause: Cause,
    needs: Scope,
    who: Who,
}

/// Who was refused.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Who {
    Nobody,
    Token,
    Robot,
}

/// What went wrong.
#[derive(Debug, thiserror::Error)]
#[non_exhaustive]
pub enum Cause {
    /// No answer, or one that can't be read.
    #[error(transparent)]
    Http(#[from] HttpError),
    /// An answer that refuses.
    #[error("{0}")]
    Refused(Refusal),
    /// Quay says beforehand that it would refuse.
    #[error("Quay says that these credentials don't allow it")]
    NotAllowed,
    /// A page for people instead of an answer.
    #[error("{0} answered with a web page")]
    WebPage(String),
    /// An answer against what the API says of itself.
    #[error("{0}")]
    Protocol(String),
}

/// An answer that refuses, in any of the shapes that Quay has for it.
#[derive(Clone, Debug, PartialEq, Eq, thiserror::Error)]
#[error("Quay answered {status}: {detail}")]
pub struct Refusal {
    /// The status.
    pub status: StatusCode,
    /// Quay's word for it, as `insufficient_scope`; empty where it gives none.
    pub kind: String,
    /// What it says for people.
    pub detail: String,
}

impl Refusal {
    /// Reads an answer's body: RFC 7807 with `error_type`, `{"message"}`, `{"error"}`, `{"detail"}`, or a page.
    pub(crate) fn read(status: StatusCode, body: &[u8]) -> Self {
        let json: serde_json::Value = serde_json::from_slice(body).unwrap_or_default();
        let text = |names: &[&str]| {
            let found =
                names.iter().filter_map(|name| json.get(*name)?.as_str()).find(|text| !text.is_empty());
            found.map(str::to_owned)
        };
        let kind = text(&["error_type", "title"]).unwrap_or_default();
        let said = text(&["detail", "error_message", "message", "error", "error_description"]);
        let detail = said.unwrap_or_else(|| match body.trim_ascii_start().first() {
            Some(b'<') => "a web page".into(),
            _ => "without a reason".into(),
        });
        Self { status, kind, detail }
    }
}

impl QuayError {
    pub(crate) fn new(
        action: impl Into<String>,
        cause: impl Into<Cause>,
        needs: Scope,
        credentials: &Credentials,
    ) -> Self {
        let who = match credentials {
            Credentials::Anonymous => Who::Nobody,
            Credentials::Token(_) => Who::Token,
            Credentials::Basic { .. } => Who::Robot,
        };
        Self(Box::new(Inner { action: action.into(), cause: cause.into(), needs, who }))
    }

    /// Returns what went wrong.
    pub fn cause(&self) -> &Cause {
        &self.0.cause
    }

    /// Returns the status of the answer, where one refused.
    pub fn status(&self) -> Option<StatusCode> {
        match &self.0.cause {
            Cause::Refused(refusal) => Some(refusal.status),
            Cause::Http(problem) => problem.status(),
            Cause::NotAllowed => Some(StatusCode::FORBIDDEN),
            Cause::WebPage(_) | Cause::Protocol(_) => None,
        }
    }

    /// Returns Quay's own word for the refusal, as `tag_immutable`; empty if it gave none.
    pub fn kind(&self) -> &str {
        match &self.0.cause {
            Cause::Refused(refusal) => &refusal.kind,
            _ => "",
        }
    }

    /// Tells whether what was asked for is not there.
    pub fn is_not_found(&self) -> bool {
        self.status() == Some(StatusCode::NOT_FOUND)
    }

    /// Tells whether Quay wants other credentials, or more scopes.
    pub fn is_denied(&self) -> bool {
        matches!(self.status(), Some(StatusCode::UNAUTHORIZED | StatusCode::FORBIDDEN))
    }

    /// Tells whether Quay is there but its scanner is not: status 520.
    pub fn is_scanner_down(&self) -> bool {
        self.status().is_some_and(|status| status.as_u16() == 520)
    }

    fn hint(&self) -> Option<String> {
        let Inner { needs, who, .. } = &*self.0;
        let hint = match (self.status().map(|status| status.as_u16()), who) {
            (Some(401 | 403), Who::Nobody) => {
                format!("it needs an OAuth token with the scope `{needs}`, as `source.quay.token`")
            }
            (Some(401 | 403), Who::Robot) => format!(
                "Quay lets robots and users read scans alone: it needs an OAuth token with the scope `{needs}`, as \
                 `source.quay.token`"
            ),
            (Some(401), Who::Token) => {
                format!("the token is unknown or has ended: make one with the scope `{needs}`")
            }
            (Some(403), Who::Token) => format!(
                "the token lacks the scope `{needs}`, or is of another organisation's application: make one that fits"
            ),
            (Some(404), _) => {
                "is it there, and does the token's organisation own it? `source.quay.url` is where Quay's API is".into()
            }
            (Some(409), _) if self.kind() == "tag_immutable" => {
                "the tag is immutable: use another one, or lift it with a token that has `repo:admin`".into()
            }
            (Some(520), _) => "Quay's scanner does not answer; ask those who run it".into(),
            (Some(429), _) => "Quay limits how often it is asked: check less often (`check_every`)".into(),
            _ => return self.hint_of_cause(),
        };
        Some(hint)
    }

    fn hint_of_cause(&self) -> Option<String> {
        let not_quay =
            "is `source.quay.url` where Quay's API is, and nothing in between asks people to log in?";
        match &self.0.cause {
            Cause::WebPage(_) | Cause::Http(HttpError::Malformed { .. }) => Some(not_quay.into()),
            Cause::Http(HttpError::Connection { cause, .. }) if cause.is_certificate() => {
                Some("add the certificate of Quay's CA to `source.ca_certs`".into())
            }
            Cause::Http(HttpError::Connection { .. }) => {
                Some("check `source.quay.url`, and whether the worker needs a proxy to reach it".into())
            }
            _ => None,
        }
    }
}

impl From<QuayError> for kit::Error {
    fn from(error: QuayError) -> Self {
        let hint = error.hint();
        let Inner { action, cause, .. } = *error.0;
        let result = Self::from(cause).context(format!("cannot {action}"));
        match hint {
            Some(hint) => result.hint(hint),
            None => result,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_shape_of_refusal_is_read() {
        let cases = [
            (
                r#"{"detail":"Not Found","error_type":"not_found","title":"not_found","status":404}"#,
                "not_found",
                "Not Found",
            ),
            (r#"{"message":"Label has a reserved prefix"}"#, "", "Label has a reserved prefix"),
            (r#"{"error":"Token does not contain issuer"}"#, "", "Token does not contain issuer"),
            (r#"{"detail":"Incorrect DateTime"}"#, "", "Incorrect DateTime"),
            ("  <html><h1>502</h1></html>", "", "a web page"),
            ("", "", "without a reason"),
            ("[1]", "", "without a reason"),
        ];
        for (body, kind, detail) in cases {
            let refusal = Refusal::read(StatusCode::BAD_REQUEST, body.as_bytes());
            assert_eq!((refusal.kind.as_str(), refusal.detail.as_str()), (kind, detail), "{body}");
        }
    }
}
