//! A token server as the distribution project specifies it, which grants what its table of users says.

use std::sync::{Arc, Mutex, PoisonError};
use std::time::{SystemTime, UNIX_EPOCH};

use axum::Router;
use axum::extract::{RawForm, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Json, Response};
use axum::routing::get;
use base64::Engine;
use base64::prelude::{BASE64_STANDARD, BASE64_URL_SAFE_NO_PAD};
use hyper_util::service::TowerToHyperService;
use rcgen::CertificateParams;
use ring::rand::SystemRandom;
use ring::signature::{ECDSA_P256_SHA256_FIXED_SIGNING, EcdsaKeyPair};
use serde_json::{Value, json};

use crate::authority::new_key;
use crate::folder::Folder;
use crate::serve::Server;

const SERVICE: &str = "registry.test";
const ISSUER: &str = "quayside test tokens";

/// Who gets tokens for what, and how long they last.
#[derive(Clone, Debug)]
pub struct TokenAuth {
    grants: Vec<Grant>,
    lifetime: i64,
}

/// What one user, or everybody, may do in the repositories whose names start with a prefix.
#[derive(Clone, Debug)]
struct Grant {
    /// `None` for requests without credentials.
    user: Option<(String, String)>,
    prefix: String,
    actions: Vec<String>,
}

/// One request for a token.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct TokenRequest {
    /// The user that asked, `None` without credentials.
    pub user: Option<String>,
    /// The service asked for.
    pub service: String,
    /// The scopes asked for, as `repository:name:pull,push`.
    pub scopes: Vec<String>,
    /// 200, or 401 for a wrong password.
    pub status: u16,
}

impl TokenAuth {
    /// Lets one user do everything.
    pub fn user(name: &str, password: &str) -> Self {
        Self { grants: Vec::new(), lifetime: 300 }.grant(name, password, "", "pull,push,delete,*")
    }

    /// Lets a user do `actions` (as in `pull,push`) in repositories whose names start with `prefix`.
    pub fn grant(mut self, name: &str, password: &str, prefix: &str, actions: &str) -> Self {
        self.grants.push(Grant::new(Some((name.into(), password.into())), prefix, actions));
        self
    }

    /// Lets everybody do `actions` in repositories whose names start with `prefix`.
    pub fn anonymous(mut self, prefix: &str, actions: &str) -> Self {
        self.grants.push(Grant::new(None, prefix, actions));
        self
    }

    /// Makes tokens last that many seconds instead of 300. The registry itself lets a minute more pass: a token that it
    /// refuses at once needs -61 or less.
    pub fn lifetime(mut self, seconds: i64) -> Self {
        self.lifetime = seconds;
        self
    }

    /// Returns the user who may do everything.
    pub(super) fn owner(&self) -> Option<(String, String)> {
        self.grants.iter().find(|grant| grant.prefix.is_empty()).and_then(|grant| grant.user.clone())
    }

    fn knows(&self, user: &Option<(String, String)>) -> bool {
        user.is_none() || self.grants.iter().any(|grant| grant.user == *user)
    }

    /// Returns the access that a token for a scope gives: fewer actions where not all are granted.
    fn access(&self, user: &Option<(String, String)>, scope: &str) -> Option<Value> {
        let (kind, rest) = scope.split_once(':')?;
        let (name, wanted) = rest.rsplit_once(':')?;
        let granted = |action: &&str| {
            let open_to = |grant: &&Grant| grant.user.is_none() || grant.user == *user;
            self.grants.iter().filter(open_to).any(|grant| grant.allows(name, action))
        };
        let actions: Vec<&str> = wanted.split(',').filter(granted).collect();
        Some(json!({"type": kind, "name": name, "actions": actions}))
    }
}

impl Grant {
    fn new(user: Option<(String, String)>, prefix: &str, actions: &str) -> Self {
        Self { user, prefix: prefix.into(), actions: actions.split(',').map(String::from).collect() }
    }

    fn allows(&self, name: &str, action: &str) -> bool {
        name.starts_with(&self.prefix) && self.actions.iter().any(|allowed| allowed == action)
    }
}

/// The running token server.
#[derive(Debug)]
pub(super) struct TokenServer {
    server: Server,
    issuer: Arc<Issuer>,
}

#[derive(Debug)]
struct Issuer {
    auth: TokenAuth,
    key: EcdsaKeyPair,
    certificate_pem: String,
    /// The certificate as the token's header carries it: base64 of its DER.
    certificate: String,
    requests: Mutex<Vec<TokenRequest>>,
}

impl TokenServer {
    pub(super) fn start(auth: TokenAuth) -> Self {
        let issuer = Arc::new(Issuer::new(auth));
        let router = Router::new().route("/token", get(by_query).post(by_form)).with_state(issuer.clone());
        let server = Server::start(None, move |_| TowerToHyperService::new(router.clone()));
        Self { server, issuer }
    }

    pub(super) fn url(&self) -> String {
        format!("http://{}/token", self.server.address())
    }

    pub(super) fn requests(&self) -> Vec<TokenRequest> {
        self.issuer.requests.lock().unwrap_or_else(PoisonError::into_inner).clone()
    }

    pub(super) fn forget_requests(&self) {
        self.issuer.requests.lock().unwrap_or_else(PoisonError::into_inner).clear();
    }

    /// Returns the part of the registry's configuration that makes it trust this server's tokens.
    pub(super) fn registry_config(&self, folder: &Folder) -> String {
        let bundle = folder.write("tokens.pem", &self.issuer.certificate_pem);
        format!(
            "auth:\n  token: {{realm: '{}', service: {SERVICE}, issuer: {ISSUER}, rootcertbundle: {}}}\n",
            self.url(),
            bundle.display()
        )
    }
}

/// `GET /token?service=…&scope=…`, with credentials by basic auth.
async fn by_query(
    State(issuer): State<Arc<Issuer>>,
    headers: HeaderMap,
    RawQuery(query): RawQuery,
) -> Response {
    let query = query.unwrap_or_default();
    issuer.answer(basic_credentials(&headers), query.as_bytes())
}

/// `POST /token` with `grant_type=password`, as OAuth 2 clients ask.
async fn by_form(State(issuer): State<Arc<Issuer>>, RawForm(form): RawForm) -> Response {
    let field = |wanted: &str| {
        url::form_urlencoded::parse(&form)
            .find(|(name, _)| name == wanted)
            .map(|(_, value)| value.into_owned())
    };
    if field("grant_type").as_deref() != Some("password") {
        return (StatusCode::BAD_REQUEST, "only grant_type=password is supported\n").into_response();
    }
    issuer.answer(field("username").zip(field("password")), &form)
}

impl Issuer {
    fn new(auth: TokenAuth) -> Self {
        let pair = new_key();
        let certificate = CertificateParams::default().self_signed(&pair).expect("a valid certificate");
        let key = EcdsaKeyPair::from_pkcs8(
            &ECDSA_P256_SHA256_FIXED_SIGNING,
            pair.serialized_der(),
            &SystemRandom::new(),
        )
        .expect("a P-256 key, which is what `new_key` makes");
        Self {
            auth,
            key,
            certificate_pem: certificate.pem(),
            certificate: BASE64_STANDARD.encode(certificate.der()),
            requests: Mutex::default(),
        }
    }

    fn answer(&self, user: Option<(String, String)>, parameters: &[u8]) -> Response {
        let values = |wanted: &'static str| {
            let pairs = url::form_urlencoded::parse(parameters).filter(move |(name, _)| name == wanted);
            pairs.map(|(_, value)| value.into_owned())
        };
        let service = values("service").next().unwrap_or_default();
        let scopes: Vec<String> = values("scope")
            .flat_map(|scope| scope.split(' ').map(String::from).collect::<Vec<_>>())
            .collect();
        let status = if self.auth.knows(&user) { StatusCode::OK } else { StatusCode::UNAUTHORIZED };
        self.requests.lock().unwrap_or_else(PoisonError::into_inner).push(TokenRequest {
            user: user.as_ref().map(|(name, _)| name.clone()),
            service: service.clone(),
            scopes: scopes.clone(),
            status: status.as_u16(),
        });
        if status != StatusCode::OK {
            return (status, Json(json!({"details": "incorrect username or password"}))).into_response();
        }
        let token = self.token(&user, &service, &scopes);
        Json(json!({"token": token, "access_token": token, "expires_in": self.auth.lifetime})).into_response()
    }

    fn token(&self, user: &Option<(String, String)>, service: &str, scopes: &[String]) -> String {
        let now = SystemTime::now().duration_since(UNIX_EPOCH).expect("a clock after 1970").as_secs();
        let now = i64::try_from(now).expect("a clock before the year 292277026596");
        let access: Vec<Value> = scopes.iter().filter_map(|scope| self.auth.access(user, scope)).collect();
        let header = json!({"typ": "JWT", "alg": "ES256", "x5c": [self.certificate]});
        let claims = json!({
            "iss": ISSUER, "sub": user.as_ref().map_or("", |(name, _)| name), "aud": service,
            "iat": now - 120, "nbf": now - 120, "exp": now + self.auth.lifetime, "access": access,
        });
        let signed = [header, claims].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part.to_string())).join(".");
        let signature = self.key.sign(&SystemRandom::new(), signed.as_bytes()).expect("a signature");
        format!("{signed}.{}", BASE64_URL_SAFE_NO_PAD.encode(signature))
    }
}

/// Reads user and password from an `Authorization: Basic` header.
pub(crate) fn basic_credentials(headers: &HeaderMap) -> Option<(String, String)> {
    let header = headers.get(header::AUTHORIZATION)?.to_str().ok()?;
    let decoded = BASE64_STANDARD.decode(header.strip_prefix("Basic ")?).ok()?;
    let (user, password) = std::str::from_utf8(&decoded).ok()?.split_once(':')?;
    Some((user.into(), password.into()))
}
