//! Answers of the proxy's own.

use std::sync::atomic::{AtomicU64, Ordering};

use bytes::Bytes;
use http::{HeaderMap, HeaderName, HeaderValue, Response, StatusCode};
use http_body_util::{BodyExt, Full};

use super::{Body, State};

/// An answer that is ready to be sent.
#[derive(Clone, Debug)]
pub struct Answer {
    status: StatusCode,
    headers: HeaderMap,
    body: Bytes,
}

impl Answer {
    /// Makes an empty answer.
    ///
    /// # Panics
    ///
    /// When `code` is no status, as [`Answer::header`] when name or value are none.
    pub fn new(code: u16) -> Self {
        let status = StatusCode::from_u16(code).expect("a status between 100 and 999");
        Self { status, headers: HeaderMap::new(), body: Bytes::new() }
    }

    /// Adds a header.
    pub fn header(mut self, name: &str, value: &str) -> Self {
        let name: HeaderName = name.parse().expect("a header's name");
        self.headers.append(name, HeaderValue::from_str(value).expect("a header's value"));
        self
    }

    /// Sets the body and its type.
    pub fn body(mut self, media_type: &str, content: impl Into<Bytes>) -> Self {
        self.body = content.into();
        self.header("content-type", media_type)
    }

    /// Sets a JSON body.
    pub fn json(self, content: &str) -> Self {
        self.body("application/json", content.to_owned())
    }

    /// A page as nginx makes it.
    pub fn nginx(code: u16) -> Self {
        let answer = Self::new(code);
        let title = format!("{code} {}", answer.status.canonical_reason().unwrap_or_default());
        let page = format!(
            "<html>\r\n<head><title>{title}</title></head>\r\n<body>\r\n<center><h1>{title}</h1></center>\r\n\
             <hr><center>nginx/1.22.1</center>\r\n</body>\r\n</html>\r\n"
        );
        answer.body("text/html", page)
    }

    pub(super) fn redirect(location: &str) -> Self {
        Self::new(307).header("location", location)
    }

    /// A redirect to the path that was asked for, told from the one before by a number.
    pub(super) fn endless_redirect(state: &State, path: &str) -> Self {
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        Self::redirect(&format!("{}{path}?hop={}", state.url(), state.next_number()))
    }

    /// A page of tags that no repository has, linked to another such page.
    pub(super) fn endless_tags(path: &str) -> Self {
        static PAGE: AtomicU64 = AtomicU64::new(0);
        let page = PAGE.fetch_add(1, Ordering::Relaxed);
        let path = path.split_once('?').map_or(path, |(path, _)| path);
        let name = path.trim_start_matches("/v2/").trim_end_matches("/tags/list");
        let tags: Vec<String> = (0..100).map(|tag| format!("endless-{page}-{tag:02}")).collect();
        let link = format!("<{path}?n=100&last=endless-{page}-99>; rel=\"next\"");
        Self::new(200)
            .header("link", &link)
            .json(&serde_json::json!({"name": name, "tags": tags}).to_string())
    }

    pub(super) fn into_response(self) -> Response<Body> {
        let mut response = Response::new(Full::new(self.body).map_err(|never| match never {}).boxed_unsync());
        *response.status_mut() = self.status;
        *response.headers_mut() = self.headers;
        response
    }
}
