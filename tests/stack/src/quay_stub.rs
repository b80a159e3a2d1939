//! A stub of Quay: its own API (`/api/v1`), token exchange and the ways of its registry, in front of the real registry.
//!
//! It answers with the shapes that a running Quay was seen to answer with, and checks method, scope and body as strictly.
//! Its state is in memory; repositories are named `organization/name`, without further slashes. It scans nothing: a
//! test says what the scanner found. What it does not do: builds, users' own settings, quotas, the audit log, signed
//! tokens (its tokens have a JWT's form and are recognised by being known), and the object storage behind blobs.
//!
//! Throttling at a moment of the test's choice, broken connections and latency come from a [`FaultProxy`] in front.
//!
//! [`FaultProxy`]: crate::FaultProxy

mod access;
mod api;
mod clock;
mod history;
mod limits;
mod refusal;
mod registry;
mod scan;
mod schema;
mod state;
#[cfg(test)]
mod tests;

use std::sync::{Arc, Mutex, MutexGuard, OnceLock, PoisonError};
use std::time::Duration;

use axum::Router;
use hyper_util::service::TowerToHyperService;

use crate::authority::{Authority, Identity};
use crate::fault_proxy::Target;
use crate::image::Remote;
use crate::registry::Registry;
use crate::serve::Server;
use crate::web::client;
pub use history::TagRow;
use limits::Limits;
pub use scan::{Finding, Scan};
use state::State;
pub use state::{Label, Manifest, Repository};

/// A running stub with the organization `acme`, whose repositories are made when they are pushed to.
#[derive(Debug)]
pub struct QuayStub {
    registry_server: Server,
    api_server: Option<Server>,
    quay: Arc<Quay>,
    authority: Option<Authority>,
    prefix: String,
    _registry: Registry,
}

/// How a stub is to be; see [`QuayStub::builder`].
#[derive(Debug, Default)]
pub struct Builder {
    tls: bool,
    prefix: String,
    own_api_host: bool,
    immutable_tags: bool,
    names: Option<(String, String)>,
}

/// What the handlers share.
#[derive(Debug)]
struct Quay {
    state: Mutex<State>,
    limits: Mutex<Limits>,
    immutable_tags: bool,
    registry_url: String,
    http: reqwest::Client,
    /// The stub's own URLs, set once their ports are known: of the registry and of the API.
    urls: OnceLock<(String, String)>,
}

impl QuayStub {
    /// The account that may do everything in every organization, for [`Remote`]s and arranging tests.
    const OWNER: (&str, &str) = ("owner", "password-of-the-stub's-owner");

    /// Starts a stub as Quay is by default: plain HTTP here, immutable tags and limits off.
    pub fn start() -> Self {
        Self::builder().start()
    }

    /// Returns the choices for a stub.
    pub fn builder() -> Builder {
        Builder::default()
    }

    /// Returns `127.0.0.1:port` of the registry.
    pub fn host(&self) -> String {
        self.quay.service().to_owned()
    }

    /// Returns where the registry and the API listen, whatever they are known as.
    pub fn addresses(&self) -> (String, String) {
        let registry = self.registry_server.address().to_string();
        let api = self.api_server.as_ref().map(|server| server.address().to_string());
        (registry.clone(), api.unwrap_or(registry))
    }

    /// Returns the registry's URL.
    pub fn url(&self) -> String {
        self.quay.url().to_owned()
    }

    /// Returns the URL below which `/api/v1` lies: another port or a prefix, where the builder said so.
    pub fn api_url(&self) -> String {
        format!("{}{}", self.quay.api_url(), self.prefix)
    }

    /// Returns the certificate of the authority that issued the stub's own, if it speaks TLS.
    pub fn ca_pem(&self) -> Option<String> {
        self.authority.as_ref().map(Authority::ca_pem)
    }

    /// Makes another organization.
    pub fn create_organization(&self, name: &str) {
        self.quay.state().organizations.entry(name.into()).or_default();
    }

    /// Makes a private, empty repository.
    pub fn create_repository(&self, name: &str) {
        self.quay.state().create_repository(name);
    }

    /// Makes a robot such as `acme+builder` with a role (`read`, `write`, `admin`) in some repositories, and returns
    /// its password. A robot of the organization's team `creators` may make repositories.
    pub fn create_robot(&self, robot: &str, roles: &[(&str, &str)]) -> String {
        let mut state = self.quay.state();
        for (repository, role) in roles {
            state.create_repository(repository).users.insert(robot.into(), (*role).into());
        }
        state.create_robot(robot)
    }

    /// Lets a robot log in with tokens of an issuer for a subject.
    pub fn federate(&self, robot: &str, issuer: &str, subject: &str) {
        let mut state = self.quay.state();
        let robot = state.robot_mut(robot).unwrap_or_else(|| panic!("no robot {robot}"));
        robot.federation.push(serde_json::json!({"issuer": issuer, "subject": subject}));
    }

    /// Makes a team, or adds members to it. The team `creators` may make repositories.
    pub fn create_team(&self, organization: &str, team: &str, members: &[&str]) {
        let mut state = self.quay.state();
        let team =
            state.organizations.entry(organization.into()).or_default().teams.entry(team.into()).or_default();
        team.extend(members.iter().map(|member| (*member).to_owned()));
    }

    /// Makes an OAuth token of an application of the organization `acme`, with scopes as in `repo:read repo:write`.
    pub fn oauth_token(&self, scopes: &str) -> String {
        self.oauth_token_of("acme", scopes)
    }

    /// Makes an OAuth token of an application of any organization; it may do nothing in others.
    pub fn oauth_token_of(&self, organization: &str, scopes: &str) -> String {
        self.quay.state().create_oauth_token(organization, scopes)
    }

    /// Makes an application-specific token, the password of `$app`.
    pub fn app_token(&self) -> String {
        let mut state = self.quay.state();
        let token = format!("app-token-{}", state.new_id());
        state.app_tokens.insert(token.clone());
        token
    }

    /// Lets time pass: tokens and tags expire, deleted tags leave the window for restoring them.
    pub fn advance(&self, time: Duration) {
        self.quay.state().clock.advance(time);
    }

    /// Ends all OAuth and registry tokens.
    pub fn expire_tokens(&self) {
        self.quay.state().expire_tokens();
    }

    /// Says what the scanner finds in a manifest, from now on.
    pub fn set_scan(&self, repository: &str, digest: &str, scan: Scan) {
        self.script_scan(repository, digest, [scan]);
    }

    /// Says what the scanner finds in images that are pushed from now on.
    pub fn scan_new_images(&self, scan: Scan) {
        self.quay.state().first_scan = Some(scan);
    }

    /// Says what the scanner answers for a manifest at the next requests, one after the other; the last one stays.
    pub fn script_scan(&self, repository: &str, digest: &str, scans: impl IntoIterator<Item = Scan>) {
        let mut state = self.quay.state();
        let manifest =
            state.repositories.get_mut(repository).and_then(|found| found.manifests.get_mut(digest));
        let manifest = manifest.unwrap_or_else(|| panic!("{repository}@{digest} was never pushed"));
        manifest.scans = scans.into_iter().collect();
    }

    /// Changes a repository, as somebody else would meanwhile.
    pub fn change(&self, repository: &str, change: impl FnOnce(&mut Repository)) {
        change(self.quay.state().create_repository(repository));
    }

    /// Changes a repository right after a page of its tags was read.
    pub fn after_page(
        &self,
        repository: &str,
        page: usize,
        change: impl FnOnce(&mut Repository, i64) + Send + 'static,
    ) {
        self.quay.state().after_pages.push((repository.into(), page, Box::new(change)));
    }

    /// Gives no more than so many tags a page, whatever is asked for.
    pub fn limit_pages(&self, rows: usize) {
        self.quay.state().page_rows = Some(rows);
    }

    /// Enforces the limits of Quay's own configuration, with nginx's answers.
    pub fn enforce_limits(&self) {
        self.quay.limits.lock().unwrap_or_else(PoisonError::into_inner).enforce();
    }

    /// Returns a repository as it is now, `None` where there is none.
    pub fn repository(&self, name: &str) -> Option<Repository> {
        self.quay.state().repositories.get(name).cloned()
    }

    /// Returns the time by the stub's clock, in seconds since 1970.
    pub fn now(&self) -> i64 {
        self.quay.state().clock.now()
    }
}

impl Builder {
    /// Speaks TLS, with a certificate of a private authority.
    pub fn tls(mut self) -> Self {
        self.tls = true;
        self
    }

    /// Serves the API below a path such as `/quay`.
    pub fn prefix(mut self, prefix: &str) -> Self {
        self.prefix = prefix.into();
        self
    }

    /// Serves the API on another port than the registry.
    pub fn own_api_host(mut self) -> Self {
        self.own_api_host = true;
        self
    }

    /// Switches the feature of immutable tags on.
    pub fn immutable_tags(mut self) -> Self {
        self.immutable_tags = true;
        self
    }

    /// Has the stub know itself by other hosts, of the registry and of the API: those of what stands before it, as
    /// Quay's `SERVER_HOSTNAME` does. [`QuayStub::url`] and [`QuayStub::api_url`] are made of them, and
    /// [`QuayStub::addresses`] are where it listens.
    pub fn known_as(mut self, registry: &str, api: &str) -> Self {
        self.names = Some((registry.into(), api.into()));
        self
    }

    /// Starts the stub and the registry behind it.
    pub fn start(self) -> QuayStub {
        let registry = Registry::plain();
        let quay = Arc::new(Quay {
            state: Mutex::new(State::new(self.immutable_tags)),
            limits: Mutex::default(),
            immutable_tags: self.immutable_tags,
            registry_url: registry.url(),
            http: client(None),
            urls: OnceLock::new(),
        });
        let authority = self.tls.then(Authority::new);
        let identity = authority.as_ref().map(Authority::server);
        let api = match self.prefix.as_str() {
            "" => api::router(),
            prefix => Router::new().nest(prefix, api::router()),
        };
        let (registry_server, api_server) = if self.own_api_host {
            (serve(registry::router(), &quay, identity.as_ref()), Some(serve(api, &quay, identity.as_ref())))
        } else {
            (serve(registry::router().merge(api), &quay, identity.as_ref()), None)
        };
        let scheme = if self.tls { "https" } else { "http" };
        let api_address = api_server.as_ref().unwrap_or(&registry_server).address().to_string();
        let own = (registry_server.address().to_string(), api_address);
        let (registry_name, api_name) = self.names.unwrap_or(own);
        let urls = (format!("{scheme}://{registry_name}"), format!("{scheme}://{api_name}"));
        quay.urls.set(urls).expect("set here alone");
        QuayStub { registry_server, api_server, quay, authority, prefix: self.prefix, _registry: registry }
    }
}

impl Quay {
    fn state(&self) -> MutexGuard<'_, State> {
        self.state.lock().unwrap_or_else(PoisonError::into_inner)
    }

    fn url(&self) -> &str {
        self.urls.get().map_or("", |(registry, _)| registry)
    }

    fn api_url(&self) -> &str {
        self.urls.get().map_or("", |(_, api)| api)
    }

    /// Returns the name of the registry as a service, which tokens are for.
    fn service(&self) -> &str {
        self.url().split_once("://").map_or("", |(_, host)| host)
    }
}

impl From<&QuayStub> for Target {
    fn from(stub: &QuayStub) -> Self {
        let target = Self::from(stub.url());
        match stub.ca_pem() {
            Some(pem) => target.trusting(&pem),
            None => target,
        }
    }
}

impl From<&QuayStub> for Remote {
    /// The stub's owner, who may do everything.
    fn from(stub: &QuayStub) -> Self {
        let (name, password) = QuayStub::OWNER;
        let remote =
            Self::new(&stub.url()).user(name, password).token_url(&format!("{}/v2/auth", stub.url()));
        let remote = remote.service(stub.quay.service()).actions("pull,push");
        match stub.ca_pem() {
            Some(pem) => remote.trusting(&pem),
            None => remote,
        }
    }
}

fn serve(router: Router<Arc<Quay>>, quay: &Arc<Quay>, identity: Option<&Identity>) -> Server {
    let throttle = axum::middleware::from_fn_with_state(quay.clone(), limits::throttle);
    let router = router.layer(throttle).with_state(quay.clone());
    Server::start(identity, move |_| TowerToHyperService::new(router.clone()))
}
