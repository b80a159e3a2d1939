//! The connection to one Vault.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use kit::http::header::{CONTENT_TYPE, DATE, HeaderName};
use kit::http::{Client, HttpError, Method, Request, Response, Retry, StatusCode, Url};
use kit::{Secret, report};
use time::OffsetDateTime;

use super::answer::is_behind;
use super::{Answer, Call, VaultError};

/// Vault itself takes requests of at most 32 MiB, so no secret is larger.
const LARGEST_ANSWER: u64 = 32 * 1024 * 1024;
/// The longest pause while a node is behind, which it is for a few seconds.
const LONGEST_PAUSE: Duration = Duration::from_secs(5);

const TOKEN: HeaderName = HeaderName::from_static("x-vault-token");
const NAMESPACE: HeaderName = HeaderName::from_static("x-vault-namespace");
const REQUEST: HeaderName = HeaderName::from_static("x-vault-request");
const WRAP_TTL: HeaderName = HeaderName::from_static("x-vault-wrap-ttl");
const INDEX: HeaderName = HeaderName::from_static("x-vault-index");

/// A Vault, spoken to with one token or none. Cheap to clone; clones share connections.
#[derive(Clone, Debug)]
pub(crate) struct Vault {
    shared: Arc<Shared>,
    token: Option<Secret>,
}

#[derive(Debug)]
struct Shared {
    http: Client,
    address: Url,
    namespace: Option<String>,
    retry: Retry,
    seen: Mutex<Seen>,
}

/// What answers told beside their content.
#[derive(Debug, Default)]
struct Seen {
    /// The state after our last write (Enterprise), to be sent along so that no standby answers from before it.
    index: Option<String>,
    /// How far Vault's clock is ahead of ours.
    clock_ahead: time::Duration,
}

impl Vault {
    /// Returns a Vault that is spoken to without a token.
    pub(crate) fn new(http: Client, address: Url, namespace: Option<String>, retry: Retry) -> Self {
        let shared = Shared { http, address, namespace, retry, seen: Mutex::default() };
        Self { shared: Arc::new(shared), token: None }
    }

    /// Returns the same Vault, spoken to with `token`.
    pub(crate) fn with_token(&self, token: Secret) -> Self {
        Self { shared: Arc::clone(&self.shared), token: Some(token) }
    }

    /// Returns where it is, as `https://host:port`.
    pub(crate) fn address(&self) -> &str {
        self.shared.address.as_str().trim_end_matches('/')
    }

    /// Returns the namespace that is asked.
    pub(crate) fn namespace(&self) -> Option<&str> {
        self.shared.namespace.as_deref()
    }

    /// Returns the time by Vault's clock, as far as an answer has told it. Leases end by that clock, and workers'
    /// clocks may differ from it and from one another.
    pub(crate) fn now(&self) -> OffsetDateTime {
        OffsetDateTime::now_utc() + self.clock_ahead()
    }

    /// Returns how far Vault's clock is ahead of this machine's; zero for less than what a `Date` header can tell.
    pub(crate) fn clock_ahead(&self) -> time::Duration {
        self.seen().clock_ahead
    }

    /// Sends a request, again while that may help.
    ///
    /// # Errors
    /// When the answer's status is 400 or more, or there is none.
    pub(crate) async fn send(&self, call: &Call) -> Result<Answer, VaultError> {
        let longest = self.shared.retry.longest.min(LONGEST_PAUSE);
        let mut tries = Retry { longest, ..self.shared.retry }.tries();
        loop {
            let (error, may_help) = match self.send_once(call).await {
                Ok((status, answer)) if status.as_u16() < 400 => return Ok(answer),
                Ok((status, answer)) => {
                    let error = VaultError::of(status, &call.path, call.capability(), self.address(), answer);
                    (error, is_behind(status))
                }
                // The head came, and the body did not: whatever was asked is done, and may have to be asked again.
                Err(error) => {
                    let is_broken = matches!(&error, VaultError::Http(HttpError::BrokenOff { .. }));
                    (error, is_broken && call.repeatable)
                }
            };
            if !(may_help && tries.wait(error.to_string(), None).await) {
                return Err(error);
            }
        }
    }

    async fn send_once(&self, call: &Call) -> Result<(StatusCode, Answer), VaultError> {
        let response = self.request(call).send().await?;
        let status = response.status();
        self.note(&response, call.method != Method::GET && status.is_success());
        let answer = Answer::read(response.bytes(LARGEST_ANSWER).await?.to_vec());
        if status.is_success() {
            for warning in &answer.envelope.warnings {
                report::warn(format_args!("Vault says of `{}`: {warning}", call.path));
            }
        }
        Ok((status, answer))
    }

    fn request(&self, call: &Call) -> Request {
        let mut url = self.shared.address.clone();
        if let Ok(mut parts) = url.path_segments_mut() {
            parts.pop_if_empty().push("v1").extend(call.path.parts());
        }
        let http = &self.shared.http;
        let mut request =
            http.request(call.method.clone(), url).repeatable(call.repeatable).header(REQUEST, "true");
        if let Some(token) = &self.token {
            request = request.secret_header(TOKEN, token.expose());
        }
        if let Some(namespace) = self.namespace().filter(|_| call.in_namespace) {
            request = request.header(NAMESPACE, namespace);
        }
        if let Some(ttl) = call.wrap {
            request = request.header(WRAP_TTL, format!("{}s", ttl.seconds()));
        }
        if let Some(index) = &self.seen().index {
            request = request.header(INDEX, index);
        }
        for (name, value) in &call.query {
            request = request.query(name, value);
        }
        match &call.body {
            None => request,
            // Vault answers 415 to a PATCH of any other type.
            Some(body) if call.method == Method::PATCH => {
                request.header(CONTENT_TYPE, "application/merge-patch+json").body(body.to_string())
            }
            Some(body) => request.json(body),
        }
    }

    fn note(&self, response: &Response, after_write: bool) {
        let index = response.header(INDEX).filter(|_| after_write).map(str::to_owned);
        let date = response.header(DATE).and_then(|date| httpdate::parse_http_date(date).ok());
        let mut seen = self.seen();
        if index.is_some() {
            seen.index = index;
        }
        if let Some(date) = date {
            let ahead = OffsetDateTime::from(date) - OffsetDateTime::now_utc();
            // The header is cut to whole seconds and the answer was under way.
            seen.clock_ahead =
                if ahead.abs() < time::Duration::seconds(3) { time::Duration::ZERO } else { ahead };
        }
    }

    fn seen(&self) -> std::sync::MutexGuard<'_, Seen> {
        self.shared.seen.lock().unwrap_or_else(PoisonError::into_inner)
    }
}
