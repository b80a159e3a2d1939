//! Asks Quay's API about one repository.

use std::sync::Arc;

use kit::http::header::CONTENT_TYPE;
use kit::http::{self, HttpError, Method, Request, Response, StatusCode, Url};
use serde::de::DeserializeOwned;
use serde_json::Value;
use tokio::sync::OnceCell;

use crate::{Address, Cause, Credentials, QuayError, Refusal, Scope, Settings};

/// The result of a call.
pub(crate) type Result<T> = std::result::Result<T, QuayError>;

/// The largest answer that is read, but for scans: a page of a hundred tags is 50 kB.
const LARGEST_ANSWER: u64 = 16 * 1024 * 1024;
const LARGEST_REFUSAL: u64 = 64 * 1024;

/// Asks Quay's API about one repository. Cheap to clone.
#[derive(Clone, Debug)]
pub struct Client(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    settings: Settings,
    http: http::Client,
    base: OnceCell<Url>,
}

/// One call: what it is for, what it needs, and where it goes below `/api/v1`.
#[derive(Clone, Debug)]
pub(crate) struct Call<'a> {
    pub(crate) action: String,
    pub(crate) needs: Scope,
    pub(crate) method: Method,
    pub(crate) path: Vec<&'a str>,
    pub(crate) query: Vec<(&'a str, String)>,
    pub(crate) body: Option<Value>,
    /// Whether Quay takes names and passwords for it. Elsewhere it refuses them even what everybody may read.
    pub(crate) robots: bool,
}

impl<'a> Call<'a> {
    pub(crate) fn new(action: String, needs: Scope, method: Method, path: Vec<&'a str>) -> Self {
        Self { action, needs, method, path, query: Vec::new(), body: None, robots: false }
    }

    /// Says that Quay takes names and passwords for it.
    pub(crate) fn for_robots(mut self) -> Self {
        self.robots = true;
        self
    }

    pub(crate) fn query(mut self, name: &'a str, value: impl Into<String>) -> Self {
        self.query.push((name, value.into()));
        self
    }

    pub(crate) fn body(mut self, body: Value) -> Self {
        self.body = Some(body);
        self
    }
}

impl Client {
    /// Returns a client. Nothing is asked yet.
    ///
    /// # Errors
    /// When `ca_certs` can't be read.
    pub fn new(settings: Settings) -> Result<Self> {
        let http = http::Client::new(http::Settings {
            ca_certs: settings.ca_certs.clone(),
            insecure: settings.insecure,
            retry: settings.retry,
            ..http::Settings::default()
        });
        let http = http
            .map_err(|problem| QuayError::new("talk to Quay", problem, Scope::Read, &settings.credentials))?;
        Ok(Self(Arc::new(Inner { settings, http, base: OnceCell::new() })))
    }

    /// Returns the repository's name: `organisation/name`.
    pub fn repository(&self) -> &str {
        &self.0.settings.repository
    }

    /// Returns who asks. Without a token, Quay tells no more than scans, and what is public.
    pub fn credentials(&self) -> &Credentials {
        &self.0.settings.credentials
    }

    /// Returns the same client for somebody else.
    #[must_use]
    pub fn with_credentials(&self, credentials: Credentials) -> Self {
        let settings = Settings { credentials, ..self.0.settings.clone() };
        Self(Arc::new(Inner { settings, http: self.0.http.clone(), base: self.0.base.clone() }))
    }

    /// Returns the same client for questions that somebody else can answer too: it does not wait long.
    #[must_use]
    pub fn briefly(&self) -> Self {
        let http = self.0.http.with_retry(self.0.settings.retry.brief());
        Self(Arc::new(Inner { settings: self.0.settings.clone(), http, base: self.0.base.clone() }))
    }

    /// Begins a call about the repository.
    pub(crate) fn on_repository<'a>(
        &'a self,
        action: impl Into<String>,
        needs: Scope,
        method: Method,
        rest: &[&'a str],
    ) -> Call<'a> {
        let mut path = vec!["repository"];
        path.extend(self.repository().split('/'));
        path.extend(rest);
        Call::new(format!("{} of `{}`", action.into(), self.repository()), needs, method, path)
    }

    /// Makes a call and reads the answer.
    pub(crate) async fn read<T: DeserializeOwned>(&self, call: Call<'_>) -> Result<T> {
        self.read_within(call, LARGEST_ANSWER).await
    }

    /// Makes a call and reads an answer of at most `limit` bytes.
    pub(crate) async fn read_within<T: DeserializeOwned>(&self, call: Call<'_>, limit: u64) -> Result<T> {
        let answer = async { Ok(self.send(&call).await?.json(limit).await?) };
        answer.await.map_err(|cause| self.failed(&call, cause))
    }

    /// Makes a call of which the answer says no more than that it was done.
    pub(crate) async fn change(&self, call: Call<'_>) -> Result<()> {
        self.send(&call).await.map(drop).map_err(|cause| self.failed(&call, cause))
    }

    pub(crate) fn http(&self) -> &http::Client {
        &self.0.http
    }

    /// Returns the URL of a path below where Quay is.
    pub(crate) async fn url<'p>(
        &self,
        path: impl IntoIterator<Item = &'p str>,
    ) -> std::result::Result<Url, Cause> {
        let mut url = self.base().await?.clone();
        let wrong = Cause::Protocol(format!("`{}` can't have paths", http::shown(&url)));
        url.path_segments_mut().map_err(|()| wrong)?.pop_if_empty().extend(path);
        Ok(url)
    }

    async fn send(&self, call: &Call<'_>) -> std::result::Result<Response, Cause> {
        let url = self.url(["api", "v1"].into_iter().chain(call.path.iter().copied())).await?;
        let mut request = self.authorize(self.0.http.request(call.method.clone(), url), call.robots);
        for (name, value) in &call.query {
            request = request.query(name, value);
        }
        if let Some(body) = &call.body {
            request = request.json(body);
        }
        accepted(request.send().await?).await
    }

    fn authorize(&self, request: Request, robots: bool) -> Request {
        match &self.0.settings.credentials {
            Credentials::Token(token) => request.bearer(token),
            Credentials::Basic { username, password } if robots => request.basic(username, password),
            Credentials::Basic { .. } | Credentials::Anonymous => request,
        }
    }

    fn failed(&self, call: &Call<'_>, cause: Cause) -> QuayError {
        QuayError::new(call.action.clone(), cause, call.needs, &self.0.settings.credentials)
    }

    async fn base(&self) -> std::result::Result<&Url, Cause> {
        self.0.base.get_or_try_init(|| self.find_base()).await
    }

    async fn find_base(&self) -> std::result::Result<Url, Cause> {
        let url = |scheme: &str, host: &str| {
            Url::parse(&format!("{scheme}://{host}/"))
                .map_err(|problem| Cause::Protocol(format!("`{host}` is no host: {problem}")))
        };
        match &self.0.settings.address {
            Address::Url(url) => Ok(url.clone()),
            Address::Host(host) => url("https", host),
            Address::PlainHost(host) => {
                let secure = url("https", host)?;
                match self.0.http.get(secure.clone()).no_retry().send().await {
                    Err(HttpError::Connection { cause, .. }) if !cause.is_tls() => url("http", host),
                    Err(problem) => Err(problem.into()),
                    Ok(_) => Ok(secure),
                }
            }
        }
    }
}

/// Returns an answer that grants. A page for people is none, whatever its status: proxies have pages to log in.
pub(crate) async fn accepted(response: Response) -> std::result::Result<Response, Cause> {
    let status = response.status();
    if !status.is_success() {
        let body = response.bytes(LARGEST_REFUSAL).await.unwrap_or_default();
        return Err(Cause::Refused(Refusal::read(status, &body)));
    }
    let is_page = response.header(CONTENT_TYPE).is_some_and(|kind| kind.starts_with("text/html"));
    if is_page && status != StatusCode::NO_CONTENT {
        return Err(Cause::WebPage(http::shown(response.url())));
    }
    Ok(response)
}
