//! The client and its settings.

use std::sync::Arc;
use std::time::Duration;

use reqwest::redirect::{Attempt, Policy};
use reqwest::{Method, Url};

use super::resolver::AliasResolver;
use super::{ClientCertificate, Download, HttpError, Request, Retry, tls};

/// How to talk to a server.
#[derive(Clone, Debug)]
pub struct Settings {
    /// PEM certificates to trust beside the system's. Each text may hold several.
    pub ca_certs: Vec<String>,
    /// Accept any certificate.
    pub insecure: bool,
    /// Who we are, for mutual TLS.
    pub client_certificate: Option<ClientCertificate>,
    /// For requests to host `.0`: the name to ask for (SNI) and to verify, instead of the URL's.
    pub server_name: Option<(String, String)>,
    /// How long a connection may take to be made. 15 s by default.
    pub connect_timeout: Duration,
    /// How long a server may stay silent, before and within an answer. 60 s by default.
    pub read_timeout: Duration,
    /// The retry policy.
    pub retry: Retry,
    /// Whether redirects are followed, 10 at most and never from https to http. True by default.
    pub follow_redirects: bool,
    /// Whether proxies of the environment are passed by, as for servers that only the machine itself reaches: those of a
    /// cloud's metadata. False by default.
    pub bypass_proxies: bool,
}

impl Default for Settings {
    fn default() -> Self {
        Self {
            ca_certs: Vec::new(),
            insecure: false,
            client_certificate: None,
            server_name: None,
            connect_timeout: Duration::from_secs(15),
            read_timeout: Duration::from_secs(60),
            retry: Retry::default(),
            follow_redirects: true,
            bypass_proxies: false,
        }
    }
}

/// An HTTP client. Cheap to clone; clones share connections. Proxies are taken from the environment
/// (`http_proxy`, `https_proxy`, `no_proxy`, in either case), as Concourse's workers set it.
#[derive(Clone, Debug)]
pub struct Client {
    pub(super) inner: reqwest::Client,
    pub(super) settings: Arc<Settings>,
}

const MOST_REDIRECTS: usize = 10;

impl Client {
    /// Sets a client up.
    ///
    /// # Errors
    /// When a certificate or key can't be read.
    pub fn new(settings: Settings) -> Result<Self, HttpError> {
        let tls = tls::config(&settings.ca_certs, settings.insecure, settings.client_certificate.as_ref())?;
        let redirects = if settings.follow_redirects { Policy::custom(follow) } else { Policy::none() };
        let mut builder = reqwest::Client::builder()
            .tls_backend_preconfigured(tls)
            .user_agent(concat!("quayside/", env!("CARGO_PKG_VERSION")))
            .connect_timeout(settings.connect_timeout)
            .read_timeout(settings.read_timeout)
            .redirect(redirects)
            .http2_adaptive_window(true);
        if settings.bypass_proxies {
            builder = builder.no_proxy();
        }
        if let Some((host, name)) = &settings.server_name {
            builder = builder.dns_resolver(AliasResolver { alias: name.clone(), host: host.clone() });
        }
        let inner = builder.build().map_err(|problem| HttpError::Setup(problem.to_string()))?;
        Ok(Self { inner, settings: Arc::new(settings) })
    }

    /// Returns the same client, on the same connections, with another retry policy.
    #[must_use]
    pub fn with_retry(&self, retry: Retry) -> Self {
        let settings = Settings { retry, ..Settings::clone(&self.settings) };
        Self { inner: self.inner.clone(), settings: Arc::new(settings) }
    }

    /// Returns a request, not yet sent.
    pub fn request(&self, method: Method, url: Url) -> Request {
        Request::new(self.clone(), method, self.under_server_name(url))
    }

    /// Returns a GET, not yet sent.
    pub fn get(&self, url: Url) -> Request {
        self.request(Method::GET, url)
    }

    /// Returns a HEAD, not yet sent.
    pub fn head(&self, url: Url) -> Request {
        self.request(Method::HEAD, url)
    }

    /// Returns a POST, not yet sent.
    pub fn post(&self, url: Url) -> Request {
        self.request(Method::POST, url)
    }

    /// Returns a PUT, not yet sent.
    pub fn put(&self, url: Url) -> Request {
        self.request(Method::PUT, url)
    }

    /// Returns a DELETE, not yet sent.
    pub fn delete(&self, url: Url) -> Request {
        self.request(Method::DELETE, url)
    }

    /// Returns a download of `size` bytes by the requests that `request` makes, which resumes where it broke off.
    pub fn download<R>(&self, size: u64, request: R) -> Download<R> {
        Download::new(self.settings.retry, size, request)
    }

    fn under_server_name(&self, mut url: Url) -> Url {
        if let Some((host, name)) = &self.settings.server_name
            && url.host_str() == Some(host)
        {
            // The name was a host name when the settings were made, or the request fails with it in the message.
            let _ = url.set_host(Some(name));
        }
        url
    }
}

fn follow(attempt: Attempt) -> reqwest::redirect::Action {
    let downgrade = attempt.url().scheme() == "http"
        && attempt.previous().last().is_some_and(|previous| previous.scheme() == "https");
    if downgrade {
        return attempt.error("a redirect from https to http is not followed");
    }
    if attempt.previous().len() > MOST_REDIRECTS {
        return attempt.error("too many redirects");
    }
    attempt.follow()
}
