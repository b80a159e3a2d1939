//! The conversation with one registry about one repository: where it is, who asks, what comes back.

use std::sync::Arc;

use kit::http::{self, HttpError, Method, Request, Response, Retry, Url};
use tokio::sync::OnceCell;

use crate::auth::{Access, Authorization, Authorizer, TokenServer};
use crate::credentials::Login;
use crate::{Cause, Credentials, Repository, Settings, may_be_plain};

/// One registry and one repository on it. Cheap to clone.
#[derive(Clone, Debug)]
pub(crate) struct Session(Arc<Inner>);

#[derive(Debug)]
struct Inner {
    repository: Repository,
    http: http::Client,
    credentials: Credentials,
    insecure: bool,
    retry: Retry,
    authorizer: Authorizer,
    base: OnceCell<Url>,
    login: OnceCell<Login>,
}

impl Session {
    pub(crate) fn new(
        repository: Repository,
        credentials: Credentials,
        settings: &Settings,
        retry: Retry,
    ) -> Result<Self, Cause> {
        let http = http::Client::new(http::Settings {
            ca_certs: settings.ca_certs.clone(),
            insecure: settings.insecure,
            retry,
            ..http::Settings::default()
        })?;
        Ok(Self(Arc::new(Inner {
            authorizer: Authorizer::new(repository.path()),
            repository,
            http,
            credentials,
            insecure: settings.insecure,
            retry,
            base: OnceCell::new(),
            login: OnceCell::new(),
        })))
    }

    pub(crate) fn repository(&self) -> &Repository {
        &self.0.repository
    }

    pub(crate) fn http(&self) -> &http::Client {
        &self.0.http
    }

    /// Tells whether anybody in particular asks.
    pub(crate) fn is_anonymous(&self) -> bool {
        matches!(self.0.credentials, Credentials::Anonymous)
    }

    /// Returns the URL below the repository: `https://host/v2/path/` and `rest`.
    pub(crate) async fn url(&self, rest: &str) -> Result<Url, Cause> {
        let base = self.base().await?;
        let path = self.0.repository.path();
        let url = base.join(&format!("/v2/{path}/{rest}"));
        url.map_err(|problem| Cause::Protocol(format!("`{path}/{rest}` makes no URL: {problem}")))
    }

    /// Returns the URL that an answer names. Where it names the registry's own host, the scheme is the one that we
    /// use: behind a proxy that ends TLS, registries believe they speak plain HTTP.
    pub(crate) async fn named_url(&self, named: &str, answered: &Url) -> Result<Url, Cause> {
        let base = self.base().await?;
        let mut url = answered.join(named).map_err(|problem| {
            Cause::Protocol(format!("the registry names a URL that is none: {problem}"))
        })?;
        if is_same_host(&url, base) {
            // Both are web URLs, between which the scheme can be changed.
            let _ = url.set_scheme(base.scheme());
        }
        Ok(url)
    }

    /// Sends a request with what the registry wants to see, and once more where it wants something newer. `adapt` adds
    /// to the request; it is called for each try.
    pub(crate) async fn send(
        &self,
        access: &Access,
        method: &Method,
        url: &Url,
        adapt: impl Fn(Request) -> Request,
    ) -> Result<Response, Cause> {
        let mut renewed = false;
        loop {
            let request = adapt(self.0.http.request(method.clone(), url.clone()));
            let (request, used) = self.authorize(request, url, access).await?;
            let response = request.send().await?;
            if response.status() != http::StatusCode::UNAUTHORIZED || renewed {
                return Ok(response);
            }
            renewed = self.0.authorizer.renew(&response, access, &used).await;
            if !renewed {
                return Ok(response);
            }
        }
    }

    /// Returns a GET with what the registry wants to see, for a download that sends it itself.
    pub(crate) async fn authorized_get(&self, access: &Access, url: Url) -> Result<Request, Cause> {
        let request = self.0.http.get(url.clone());
        Ok(self.authorize(request, &url, access).await?.0)
    }

    /// Credentials are for the registry alone, not for another host that it names.
    async fn authorize(
        &self,
        request: Request,
        url: &Url,
        access: &Access,
    ) -> Result<(Request, Authorization), Cause> {
        let registry = self.base().await?;
        if !is_same_host(url, registry) {
            return Ok((request, Authorization::Nothing));
        }
        let login = self.login(registry).await?;
        let tokens = TokenServer { http: &self.0.http, registry, insecure: self.0.insecure };
        self.0.authorizer.authorize(request, access, login, &tokens).await
    }

    async fn login(&self, registry: &Url) -> Result<&Login, Cause> {
        self.0.login.get_or_try_init(|| self.0.credentials.login(&self.0.http, registry)).await
    }

    async fn base(&self) -> Result<&Url, Cause> {
        self.0.base.get_or_try_init(|| self.find_base()).await
    }

    /// Finds out whether the registry speaks TLS, where plain HTTP is allowed, and what it wants to see, where we have
    /// something to show: some registries hide what is private instead of asking for credentials.
    async fn find_base(&self) -> Result<Url, Cause> {
        let secure = self.base_with("https")?;
        if !self.0.insecure && !may_be_plain(self.0.repository.host()) {
            if !self.is_anonymous() {
                let response = self.0.http.get(secure.clone()).send().await?;
                self.0.authorizer.learn(&response).await;
            }
            return Ok(secure);
        }
        let plain = self.base_with("http")?;
        // A registry that is just starting answers neither.
        let mut tries = self.0.retry.tries();
        loop {
            let problem = match self.probe(&secure).await {
                Ok(_) => return Ok(secure),
                Err(problem) => problem,
            };
            // What answered in TLS gets no credentials without it.
            if speaks_tls(&problem) {
                return Err(problem.into());
            }
            // A server of TLS says of a plain request no more than that it is a bad one.
            if self.probe(&plain).await.is_ok_and(|status| status != http::StatusCode::BAD_REQUEST) {
                return Ok(plain);
            }
            let host = self.0.repository.host();
            let why = format!("`{host}` answers neither by https nor by http ({})", reason(&problem));
            if !tries.wait(why, None).await {
                return Err(problem.into());
            }
        }
    }

    /// Asks once, learns what is wanted, and returns the answer's status.
    async fn probe(&self, base: &Url) -> Result<http::StatusCode, HttpError> {
        let response = self.0.http.get(base.clone()).no_retry().send().await?;
        self.0.authorizer.learn(&response).await;
        Ok(response.status())
    }

    fn base_with(&self, scheme: &str) -> Result<Url, Cause> {
        let host = self.0.repository.api_host();
        Url::parse(&format!("{scheme}://{host}/v2/"))
            .map_err(|problem| Cause::Protocol(format!("`{host}` is no host: {problem}")))
    }
}

/// The problem without its URL, of which there are two.
fn reason(problem: &HttpError) -> String {
    match problem {
        HttpError::Connection { cause, .. } => cause.to_string(),
        other => other.to_string(),
    }
}

fn speaks_tls(problem: &HttpError) -> bool {
    matches!(problem, HttpError::Connection { cause, .. } if cause.is_tls())
}

fn is_same_host(one: &Url, other: &Url) -> bool {
    one.host() == other.host() && one.port() == other.port()
}
