//! The shapes of Quay's errors.

use axum::http::{StatusCode, header};
use axum::response::{Html, IntoResponse, Json, Response};
use serde_json::json;

/// A request that is not fulfilled.
#[derive(Clone, Debug)]
pub(super) enum Refusal {
    /// `/api/v1`, no or unknown credentials.
    InvalidToken,
    /// `/api/v1`, credentials without the right.
    InsufficientScope,
    /// `/api/v1`, nothing there.
    NotFound,
    /// `/api/v1`, a bad value.
    InvalidRequest(String),
    /// `/api/v1`, a tag that may not be changed.
    TagImmutable { tag: String, operation: &'static str },
    /// `/api/v1`, the scanner does not answer.
    Downstream(String),
    /// `/api/v1`, the short form of an error.
    Message(StatusCode, String),
    /// `/api/v1`, mirrors have a form of their own.
    Detail(StatusCode, String),
    /// A bearer that looks like a JWT: not JSON by its type.
    ForeignJwt,
    /// A page for people.
    Page(StatusCode),
    /// `/v2`, with the registry's code and message.
    Registry(StatusCode, &'static str, String),
    /// `/v2`, with the challenge that tells where tokens are.
    Challenge(String),
}

impl Refusal {
    pub(super) fn invalid(message: impl Into<String>) -> Self {
        Self::InvalidRequest(message.into())
    }

    pub(super) fn manifest_unknown() -> Self {
        Self::Registry(StatusCode::NOT_FOUND, "MANIFEST_UNKNOWN", "manifest unknown".into())
    }

    pub(super) fn invalid_login(message: String) -> Self {
        Self::Registry(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", message)
    }
}

impl IntoResponse for Refusal {
    fn into_response(self) -> Response {
        match self {
            Self::InvalidToken => problem(401, "invalid_token", "Requires authentication"),
            Self::InsufficientScope => problem(403, "insufficient_scope", "Unauthorized"),
            Self::NotFound => problem(404, "not_found", "Not Found"),
            Self::InvalidRequest(message) => problem(400, "invalid_request", &message),
            Self::TagImmutable { tag, operation } => {
                problem(409, "tag_immutable", &format!("Cannot {operation} immutable tag '{tag}'"))
            }
            Self::Downstream(message) => problem(520, "downstream_issue", &message),
            Self::Message(status, message) => (status, Json(json!({"message": message}))).into_response(),
            Self::Detail(status, detail) => (status, Json(json!({"detail": detail}))).into_response(),
            Self::ForeignJwt => {
                let body = json!({"error": "Token does not contain issuer"}).to_string();
                (StatusCode::UNAUTHORIZED, Html(body)).into_response()
            }
            Self::Page(status) => page(status),
            Self::Registry(status, code, message) => registry_error(status, code, &message),
            Self::Challenge(challenge) => {
                let message = "access to the requested resource is not authorized";
                let error = registry_error(StatusCode::UNAUTHORIZED, "UNAUTHORIZED", message);
                ([(header::WWW_AUTHENTICATE, challenge)], error).into_response()
            }
        }
    }
}

/// RFC 7807, with Quay's older fields beside it.
fn problem(status: u16, kind: &str, detail: &str) -> Response {
    let status = StatusCode::from_u16(status).expect("one of the statuses above");
    let body = json!({
        "detail": detail, "error_message": detail, "error_type": kind, "title": kind,
        "type": format!("http://quay.example.test/api/v1/error/{kind}"), "status": status.as_u16(),
    });
    (status, Json(body)).into_response()
}

fn registry_error(status: StatusCode, code: &str, message: &str) -> Response {
    (status, Json(json!({"errors": [{"code": code, "detail": {}, "message": message}]}))).into_response()
}

/// A page as nginx makes it.
pub(super) fn page(status: StatusCode) -> Response {
    let title = format!("{} {}", status.as_u16(), status.canonical_reason().unwrap_or_default());
    let page = format!(
        "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n\
         <hr><center>nginx</center>\r\n</body>\r\n</html>\r\n"
    );
    (status, Html(page)).into_response()
}
