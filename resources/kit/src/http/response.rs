//! An answer, whose body is read within limits.

use std::time::Duration;

use bytes::Bytes;
use reqwest::header::{CONTENT_TYPE, HeaderMap};
use reqwest::{Method, StatusCode, Url};
use serde::de::DeserializeOwned;

use super::error::Cause;
use super::{HttpError, shown};
use crate::redact;

/// An answer with its head read and its body still to come.
#[derive(Debug)]
pub struct Response {
    method: Method,
    inner: reqwest::Response,
    timeout: Duration,
    first: Option<Bytes>,
}

/// How much of an error's body is read for its message.
const MOST_DETAIL: u64 = 64 * 1024;
/// How much of it is shown.
const DETAIL_SHOWN: usize = 300;

impl Response {
    pub(super) fn new(method: Method, inner: reqwest::Response, timeout: Duration) -> Self {
        Self { method, inner, timeout, first: None }
    }

    /// Returns the status.
    pub fn status(&self) -> StatusCode {
        self.inner.status()
    }

    /// Returns the headers.
    pub fn headers(&self) -> &HeaderMap {
        self.inner.headers()
    }

    /// Returns a header's text; `None` if it is absent or not text.
    pub fn header(&self, name: impl reqwest::header::AsHeaderName) -> Option<&str> {
        self.headers().get(name)?.to_str().ok()
    }

    /// Returns where the answer came from, after redirects.
    pub fn url(&self) -> &Url {
        self.inner.url()
    }

    /// Reads the body.
    ///
    /// # Errors
    /// When it breaks off or has more than `limit` bytes.
    pub async fn bytes(mut self, limit: u64) -> Result<Bytes, HttpError> {
        let mut body = Vec::new();
        while let Some(chunk) = self.chunk(body.len() as u64).await? {
            body.extend_from_slice(&chunk);
            if body.len() as u64 > limit {
                return Err(HttpError::TooLarge { url: shown(self.url()), limit });
            }
        }
        Ok(body.into())
    }

    /// Reads the body as JSON.
    ///
    /// # Errors
    /// When it breaks off, has more than `limit` bytes, or isn't the JSON that `T` expects.
    pub async fn json<T: DeserializeOwned>(self, limit: u64) -> Result<T, HttpError> {
        let url = shown(self.url());
        let kind = self.header(CONTENT_TYPE).unwrap_or("no content type").to_owned();
        let body = self.bytes(limit).await?;
        serde_json::from_slice(&body).map_err(|problem| {
            // The whole text of a type error would repeat the value, which may be secret.
            let detail = match problem.classify() {
                serde_json::error::Category::Data => {
                    format!("JSON of another shape (line {}, column {})", problem.line(), problem.column())
                }
                _ => format!("not JSON but {kind}"),
            };
            HttpError::Malformed { url, detail }
        })
    }

    /// Returns the answer if it is a success, else an error with what the body says.
    ///
    /// # Errors
    /// When the status is not 2xx.
    pub async fn success(self) -> Result<Self, HttpError> {
        if self.status().is_success() { Ok(self) } else { Err(self.into_error().await) }
    }

    /// Returns the error that this answer means, with what the body says in the shapes of the servers we know.
    pub async fn into_error(self) -> HttpError {
        let (method, url, status) = (self.method.to_string(), shown(self.url()), self.status());
        let body = self.bytes(MOST_DETAIL).await.unwrap_or_default();
        let detail = detail(&body).map(|detail| format!(": {detail}")).unwrap_or_default();
        HttpError::Status { method, url, status, detail }
    }

    /// Puts a piece back, to be read first.
    pub(super) fn preceded_by(mut self, piece: Bytes) -> Self {
        self.first = Some(piece);
        self
    }

    /// Returns the next piece of the body; `None` at its end. `received` is only for the error message.
    pub(super) async fn chunk(&mut self, received: u64) -> Result<Option<Bytes>, HttpError> {
        if let Some(first) = self.first.take() {
            return Ok(Some(first));
        }
        self.inner.chunk().await.map_err(|problem| HttpError::BrokenOff {
            url: shown(self.inner.url()),
            received,
            cause: Cause::of(&problem, self.timeout),
        })
    }
}

/// Finds the human part of an error's body: registries and Vault answer `{"errors": […]}`, Quay `{"detail": …}` or
/// `{"message": …}`, clouds `{"error_description": …}`. HTML is only named.
fn detail(body: &[u8]) -> Option<String> {
    let text = std::str::from_utf8(body).ok()?.trim();
    if text.is_empty() {
        return None;
    }
    let Ok(json) = serde_json::from_str::<serde_json::Value>(text) else {
        let html = text.starts_with('<');
        return Some(if html { "an HTML page".into() } else { shorten(text) });
    };
    let errors = json.get("errors").and_then(|errors| errors.as_array()).map(|errors| {
        let texts: Vec<String> = errors.iter().filter_map(one_error).collect();
        texts.join("; ")
    });
    let named = ["detail", "message", "error_message", "error_description", "error", "title"];
    let single = || named.iter().find_map(|name| json.get(*name)?.as_str().map(str::to_owned));
    errors.filter(|text| !text.is_empty()).or_else(single).map(|text| shorten(&text))
}

fn one_error(error: &serde_json::Value) -> Option<String> {
    if let Some(text) = error.as_str() {
        return Some(text.to_owned());
    }
    let part = |name: &str| error.get(name).and_then(|value| value.as_str()).filter(|text| !text.is_empty());
    match (part("code"), part("message")) {
        (Some(code), Some(message)) => Some(format!("{code}: {message}")),
        (Some(text), None) | (None, Some(text)) => Some(text.to_owned()),
        (None, None) => None,
    }
}

/// Cuts a long text, after its secrets were hidden: half a secret would no longer be known as one.
fn shorten(text: &str) -> String {
    let line: String = redact::scrub(text).split_whitespace().collect::<Vec<_>>().join(" ");
    match line.char_indices().nth(DETAIL_SHOWN) {
        Some((end, _)) => format!("{}…", &line[..end]),
        None => line,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_human_part_of_an_error_is_found() {
        let cases = [
            ("", None),
            ("<html><body>502</body></html>", Some("an HTML page")),
            ("  try\nlater ", Some("try later")),
            (
                r#"{"errors":[{"code":"UNAUTHORIZED","message":"access denied"}]}"#,
                Some("UNAUTHORIZED: access denied"),
            ),
            (r#"{"errors":["permission denied","x"]}"#, Some("permission denied; x")),
            (r#"{"errors":[]}"#, None),
            (r#"{"detail":"Not Found","status":404}"#, Some("Not Found")),
        ];
        for (body, expected) in cases {
            assert_eq!(detail(body.as_bytes()).as_deref(), expected, "{body}");
        }
    }
}
