//! A proxy in front of a real server that adds latency and faults, and keeps what it was asked.
//!
//! ```no_run
//! use stack::{Fault, FaultProxy, On, Registry};
//!
//! let registry = Registry::plain();
//! let proxy = FaultProxy::in_front_of(&registry);
//! proxy.inject(On::get("/blobs/").times(2), Fault::ResetAfter(1000));
//! // … let the program under test use `proxy.host()` …
//! assert!(proxy.max_in_flight() <= 32);
//! ```

mod answer;
mod fault;
mod forward;
mod on;
mod record;
#[cfg(test)]
mod tests;

use std::sync::atomic::{AtomicBool, AtomicU64, Ordering};
use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use bytes::Bytes;
use http::{HeaderMap, Request, Response};
use http_body_util::combinators::UnsyncBoxBody;
use hyper::body::Incoming;
use hyper::service::service_fn;

use crate::authority::{Authority, Identity};
use crate::registry::Registry;
use crate::serve::{Controls, Server};
pub use answer::Answer;
pub use fault::Fault;
use forward::Upstream;
pub use on::On;
use on::Rule;
pub use record::Recorded;
use record::Records;

type BoxError = Box<dyn std::error::Error + Send + Sync>;
type Body = UnsyncBoxBody<Bytes, BoxError>;

/// A running proxy.
#[derive(Debug)]
pub struct FaultProxy {
    server: Server,
    _elsewhere: Server,
    state: Arc<State>,
    authority: Option<Authority>,
}

/// How a proxy is to be; see [`FaultProxy::builder`].
#[derive(Debug)]
pub struct Builder {
    upstreams: Vec<Upstream>,
    latency: Duration,
    authority: Option<Authority>,
}

/// What a proxy stands in front of.
#[derive(Clone, Debug)]
pub struct Target {
    url: String,
    ca_pem: Option<String>,
    token_url: Option<String>,
}

#[derive(Debug)]
struct State {
    /// The first is the server itself; the others are asked for the paths that are routed to them.
    upstreams: Vec<Upstream>,
    latency: AtomicU64,
    tls: bool,
    rules: Mutex<Vec<Rule>>,
    records: Records,
    /// Requests that were sent elsewhere by a redirect, with the credentials that the other host does not get.
    redirected: Mutex<Vec<(String, HeaderMap)>>,
    counter: AtomicU64,
    /// Set once the ports are known: this proxy's own URL and that of its other host.
    urls: OnceLock<(String, String)>,
}

impl FaultProxy {
    /// Starts a proxy in front of a URL or a [`Registry`], whose token server it then stands in front of too.
    pub fn in_front_of(target: impl Into<Target>) -> Self {
        Self::builder(target).start()
    }

    /// Returns the choices for a proxy; those not made are as in [`FaultProxy::in_front_of`].
    pub fn builder(target: impl Into<Target>) -> Builder {
        let target = target.into();
        let mut upstreams = vec![Upstream::new("", &target.url, target.ca_pem.as_deref())];
        if let Some(token_url) = &target.token_url {
            upstreams.push(Upstream::new("/token", token_url.trim_end_matches("/token"), None));
        }
        Builder { upstreams, latency: Duration::ZERO, authority: None }
    }

    /// Returns `127.0.0.1:port`.
    pub fn host(&self) -> String {
        self.server.address().to_string()
    }

    /// Returns the proxy's URL, without a path.
    pub fn url(&self) -> String {
        self.state.url().to_owned()
    }

    /// Returns the certificate of the authority that issued the proxy's own, if it speaks TLS.
    pub fn ca_pem(&self) -> Option<String> {
        self.authority.as_ref().map(Authority::ca_pem)
    }

    /// Adds that much time to every request from now on; see [`Builder::latency`].
    pub fn set_latency(&self, latency: Duration) {
        self.state.latency.store(as_micros(latency), Ordering::Relaxed);
    }

    /// Lets requests that `on` describes meet a fault. Of several that fit a request, the one given first counts.
    pub fn inject(&self, on: On, fault: Fault) {
        self.state.rules().push(Rule::new(on, fault));
    }

    /// Ends all faults.
    pub fn heal(&self) {
        self.state.rules().clear();
    }

    /// Returns every request so far, oldest first, those answered by the other host of a redirect too.
    pub fn requests(&self) -> Vec<Recorded> {
        self.state.records.all()
    }

    /// Forgets the requests so far, and how many were in flight.
    pub fn forget_requests(&self) {
        self.state.records.clear();
    }

    /// Returns the greatest number of requests that were under way at once.
    pub fn max_in_flight(&self) -> usize {
        self.state.records.max_in_flight()
    }
}

impl Builder {
    /// Adds that much time before every request is passed on, and once more for a connection's first request (twice
    /// more with TLS): the round trips that setting up the connection costs.
    pub fn latency(mut self, latency: Duration) -> Self {
        self.latency = latency;
        self
    }

    /// Speaks TLS to clients, with a certificate of a private authority.
    pub fn tls(mut self) -> Self {
        self.authority = Some(Authority::new());
        self
    }

    /// Passes requests whose path starts with `prefix` to another server.
    pub fn route(mut self, prefix: &str, url: &str) -> Self {
        self.upstreams.push(Upstream::new(prefix, url, None));
        self
    }

    /// Starts the proxy.
    pub fn start(self) -> FaultProxy {
        let identity = self.authority.as_ref().map(Authority::server);
        let state = Arc::new(State {
            upstreams: self.upstreams,
            latency: AtomicU64::new(as_micros(self.latency)),
            tls: identity.is_some(),
            rules: Mutex::default(),
            records: Records::default(),
            redirected: Mutex::default(),
            counter: AtomicU64::new(0),
            urls: OnceLock::new(),
        });
        let server = serve(identity.as_ref(), &state, forward::serve);
        let elsewhere = serve(identity.as_ref(), &state, forward::serve_elsewhere);
        let scheme = if identity.is_some() { "https" } else { "http" };
        let own = format!("{scheme}://{}", server.address());
        // Another port and another name, so that it is another host by every client's rule.
        let other = format!("{scheme}://localhost:{}", elsewhere.address().port());
        state.urls.set((own, other)).expect("set here alone");
        FaultProxy { server, _elsewhere: elsewhere, state, authority: self.authority }
    }
}

impl From<&Registry> for Target {
    fn from(registry: &Registry) -> Self {
        let token_url = registry.has_token_auth().then(|| registry.token_url());
        Self { url: registry.url(), ca_pem: registry.ca_pem(), token_url }
    }
}

impl From<&str> for Target {
    fn from(url: &str) -> Self {
        Self { url: url.trim_end_matches('/').into(), ca_pem: None, token_url: None }
    }
}

impl From<String> for Target {
    fn from(url: String) -> Self {
        Self::from(url.as_str())
    }
}

impl Target {
    /// Trusts a private authority when talking to the server.
    pub fn trusting(mut self, ca_pem: &str) -> Self {
        self.ca_pem = Some(ca_pem.into());
        self
    }
}

impl State {
    fn url(&self) -> &str {
        self.urls.get().map_or("", |(own, _)| own)
    }

    fn elsewhere_url(&self) -> &str {
        self.urls.get().map_or("", |(_, other)| other)
    }

    fn latency(&self) -> Duration {
        Duration::from_micros(self.latency.load(Ordering::Relaxed))
    }

    fn rules(&self) -> MutexGuard<'_, Vec<Rule>> {
        self.rules.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn fault_for(&self, head: &http::request::Parts) -> Option<Fault> {
        self.rules().iter_mut().find_map(|rule| rule.fault_for(head))
    }

    fn next_number(&self) -> u64 {
        self.counter.fetch_add(1, Ordering::Relaxed)
    }
}

/// One client's connection.
#[derive(Clone)]
struct Connection {
    state: Arc<State>,
    controls: Arc<Controls>,
    used: Arc<AtomicBool>,
}

impl Connection {
    /// Waits as long as the request and what it needs of connection set-up would take on a slow network.
    async fn wait(&self) {
        let latency = self.state.latency();
        let first = !self.used.swap(true, Ordering::Relaxed);
        let trips = match (first, self.state.tls) {
            (false, _) => 1,
            (true, false) => 2,
            (true, true) => 3,
        };
        if !latency.is_zero() {
            tokio::time::sleep(latency * trips).await;
        }
    }
}

fn serve<F>(
    identity: Option<&Identity>,
    state: &Arc<State>,
    handler: impl Fn(Connection, Request<Incoming>) -> F + Copy + Send + 'static,
) -> Server
where
    F: Future<Output = Result<Response<Body>, BoxError>> + Send + 'static,
{
    let state = state.clone();
    Server::start(identity, move |controls| {
        let connection = Connection { state: state.clone(), controls, used: Arc::default() };
        service_fn(move |request| handler(connection.clone(), request))
    })
}

fn as_micros(duration: Duration) -> u64 {
    u64::try_from(duration.as_micros()).unwrap_or(u64::MAX)
}
