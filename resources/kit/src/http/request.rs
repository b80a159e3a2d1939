//! A request that is sent until it brings an answer that counts.

use std::sync::Arc;
use std::time::{Duration, SystemTime};

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use reqwest::header::{AUTHORIZATION, CONTENT_TYPE, HeaderMap, HeaderName, HeaderValue};
use reqwest::{Body, Method, Url};
use serde::Serialize;

use super::error::Cause;
use super::retry::{is_temporary, retry_after};
use super::{Client, HttpError, Response, shown};
use crate::Secret;

type MakeBody = Arc<dyn Fn() -> Body + Send + Sync>;

/// A request, not yet sent.
#[derive(Clone)]
pub struct Request {
    client: Client,
    method: Method,
    url: Url,
    headers: HeaderMap,
    body: Option<MakeBody>,
    repeatable: bool,
    retry: bool,
    invalid: Option<String>,
}

impl Request {
    pub(super) fn new(client: Client, method: Method, url: Url) -> Self {
        let repeatable = method != Method::POST && method != Method::PATCH;
        Self {
            client,
            method,
            url,
            headers: HeaderMap::new(),
            body: None,
            repeatable,
            retry: true,
            invalid: None,
        }
    }

    /// Adds a header. A value with control characters makes [`Request::send`] fail.
    #[must_use]
    pub fn header(mut self, name: HeaderName, value: impl AsRef<str>) -> Self {
        match HeaderValue::from_str(value.as_ref()) {
            Ok(value) => {
                self.headers.append(name, value);
            }
            Err(_) => {
                self.invalid = Some(format!("the header `{name}` has characters that HTTP does not allow"))
            }
        }
        self
    }

    /// Adds a header whose value is secret.
    #[must_use]
    pub fn secret_header(mut self, name: HeaderName, value: &str) -> Self {
        match HeaderValue::from_str(value) {
            Ok(mut value) => {
                value.set_sensitive(true);
                self.headers.insert(name, value);
            }
            Err(_) => {
                self.invalid = Some(format!("the header `{name}` has characters that HTTP does not allow"))
            }
        }
        self
    }

    /// Adds `Authorization: Bearer …`.
    #[must_use]
    pub fn bearer(self, token: &Secret) -> Self {
        self.secret_header(AUTHORIZATION, &format!("Bearer {}", token.expose()))
    }

    /// Adds `Authorization: Basic …`.
    #[must_use]
    pub fn basic(self, user: &str, password: &Secret) -> Self {
        let credentials = STANDARD.encode(format!("{user}:{}", password.expose()));
        self.secret_header(AUTHORIZATION, &format!("Basic {credentials}"))
    }

    /// Adds to the URL's query.
    #[must_use]
    pub fn query(mut self, name: &str, value: &str) -> Self {
        self.url.query_pairs_mut().append_pair(name, value);
        self
    }

    /// Sends `body`.
    #[must_use]
    pub fn body(self, body: impl Into<bytes::Bytes>) -> Self {
        let body = body.into();
        self.body_from(move || Body::from(body.clone()))
    }

    /// Sends `value` as JSON.
    #[must_use]
    pub fn json(mut self, value: &impl Serialize) -> Self {
        match serde_json::to_vec(value) {
            Ok(body) => self.header(CONTENT_TYPE, "application/json").body(body),
            Err(problem) => {
                self.invalid = Some(format!("the body can't be written as JSON: {problem}"));
                self
            }
        }
    }

    /// Sends fields as an HTML form does.
    #[must_use]
    pub fn form(self, fields: &[(&str, &str)]) -> Self {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.header(CONTENT_TYPE, "application/x-www-form-urlencoded").body(body)
    }

    /// Sends what `body` makes, anew for each try.
    #[must_use]
    pub fn body_from(mut self, body: impl Fn() -> Body + Send + Sync + 'static) -> Self {
        self.body = Some(Arc::new(body));
        self
    }

    /// Says whether it does no harm if the server gets the request twice. True for all but POST and PATCH.
    #[must_use]
    pub fn repeatable(mut self, repeatable: bool) -> Self {
        self.repeatable = repeatable;
        self
    }

    /// Sends once only, whatever comes back.
    #[must_use]
    pub fn no_retry(mut self) -> Self {
        self.retry = false;
        self
    }

    /// Sends the request, again while the answer is "not now" and the time allows it, and returns the last answer,
    /// whatever its status.
    ///
    /// # Errors
    /// When there is no answer.
    pub async fn send(&self) -> Result<Response, HttpError> {
        if let Some(problem) = &self.invalid {
            return Err(self.failure(Cause::new(problem.clone(), false)));
        }
        let mut tries = self.client.settings.retry.tries();
        loop {
            let outcome = self.send_once().await;
            let Some((reason, asked)) = self.reason_to_retry(&outcome) else { return outcome };
            if !tries.wait(format!("{} {} {reason}", self.method, shown(&self.url)), asked).await {
                return outcome;
            }
        }
    }

    async fn send_once(&self) -> Result<Response, HttpError> {
        let mut request =
            self.client.inner.request(self.method.clone(), self.url.clone()).headers(self.headers.clone());
        if let Some(body) = &self.body {
            request = request.body(body());
        }
        match request.send().await {
            Ok(response) => {
                Ok(Response::new(self.method.clone(), response, self.client.settings.read_timeout))
            }
            Err(problem) => Err(self.failure(Cause::of(&problem, self.client.settings.read_timeout))),
        }
    }

    fn reason_to_retry(&self, outcome: &Result<Response, HttpError>) -> Option<(String, Option<Duration>)> {
        if !self.retry {
            return None;
        }
        match outcome {
            Ok(response) if is_temporary(response.status()) => {
                let refused = matches!(response.status().as_u16(), 429 | 503);
                let asked = retry_after(response.headers(), SystemTime::now());
                (self.repeatable || refused).then(|| (format!("answered {}", response.status()), asked))
            }
            Err(HttpError::Connection { cause, .. })
                if cause.temporary && (self.repeatable || cause.never_sent) =>
            {
                Some((format!("failed: {cause}"), None))
            }
            _ => None,
        }
    }

    fn failure(&self, cause: Cause) -> HttpError {
        HttpError::Connection { method: self.method.to_string(), url: shown(&self.url), cause }
    }
}
