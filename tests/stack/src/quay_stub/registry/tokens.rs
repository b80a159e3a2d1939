//! `GET /v2/auth`: basic auth for a token.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::{Arc, LazyLock};

use axum::extract::{RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Json};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use regex::Regex;
use serde_json::json;

use super::super::access::Answer;
use super::super::refusal::Refusal;
use super::super::state::{RegistryToken, State as Everything, rank};
use super::Quay;
use crate::registry::basic_credentials;

/// Quay's tokens last an hour, and nothing beside the token says so.
const TOKEN_SECONDS: i64 = 3600;

type Access = BTreeMap<String, BTreeSet<String>>;

pub(super) async fn issue(
    State(quay): State<Arc<Quay>>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Answer {
    let query = query.unwrap_or_default();
    let values = |wanted: &'static str| {
        let pairs = url::form_urlencoded::parse(query.as_bytes()).filter(move |(name, _)| name == wanted);
        pairs.map(|(_, value)| value.into_owned())
    };
    let mut state = quay.state();
    let user = login(&state, &headers)?;
    let scopes: Vec<String> = values("scope").filter(|scope| !scope.is_empty()).collect();
    if user.is_none() && scopes.is_empty() {
        return Err(Refusal::Challenge(super::challenge(&quay)));
    }
    let mut access = Access::new();
    for scope in &scopes {
        let (repository, asked) = parse_scope(scope)?;
        let granted = grant(&mut state, user.as_deref(), &repository, &asked);
        access.entry(repository).or_default().extend(granted);
    }
    let service = values("service").next().unwrap_or_default();
    let token = make_token(&mut state, user.as_deref(), service, access);
    Ok(Json(json!({"token": token})).into_response())
}

/// Returns the user, `None` where no credentials were sent.
fn login(state: &Everything, headers: &HeaderMap) -> Result<Option<String>, Refusal> {
    if !headers.contains_key(header::AUTHORIZATION) {
        return Ok(None);
    }
    let Some((name, password)) = basic_credentials(headers) else {
        return Err(Refusal::invalid_login("Specified credentials are invalid".into()));
    };
    let refused = || match name.contains('+') {
        true => format!("Could not find robot with username: {name} and supplied password."),
        false => "Invalid username or password.".into(),
    };
    state.login(&name, &password).map(Some).ok_or_else(|| Refusal::invalid_login(refused()))
}

/// Reads a scope. Neither several in one, nor the catalog, nor deletion are understood.
fn parse_scope(scope: &str) -> Result<(String, Vec<String>), Refusal> {
    static SCOPE: LazyLock<Regex> = LazyLock::new(|| {
        let pattern =
            r"^repository:((?:[.a-zA-Z0-9_-]+/)*[.a-zA-Z0-9_-]+):((?:push|pull|\*)(?:,(?:push|pull|\*))*)$";
        Regex::new(pattern).expect("a regular expression")
    });
    let parts = SCOPE.captures(scope).ok_or_else(|| {
        let message = format!("Unable to decode repository and actions: {scope}");
        Refusal::Registry(StatusCode::BAD_REQUEST, "INVALID_REQUEST", message)
    })?;
    Ok((parts[1].to_owned(), parts[2].split(',').map(String::from).collect()))
}

/// Returns those of the actions that a user may do. Asking for `push` makes the repository where the user may do that.
fn grant(state: &mut Everything, user: Option<&str>, repository: &str, asked: &[String]) -> Vec<String> {
    if let Some(user) = user.filter(|_| asked.iter().any(|action| action == "push")) {
        create_if_allowed(state, user, repository);
    }
    let role = state.role(user, repository);
    let is_open = user.is_some() && is_open_to_pushes(state, user, repository);
    let is_granted = |action: &&String| match action.as_str() {
        "pull" => role >= rank("read"),
        "push" => role >= rank("write") && is_open,
        _ => role >= rank("admin"),
    };
    asked.iter().filter(is_granted).cloned().collect()
}

fn create_if_allowed(state: &mut Everything, user: &str, repository: &str) {
    let organization = repository.split_once('/').map_or("", |(organization, _)| organization);
    let is_known = state.organizations.contains_key(organization);
    if is_known && !state.repositories.contains_key(repository) && state.may_create(user, organization) {
        state.create_repository(repository).users.insert(user.into(), "admin".into());
    }
}

/// A mirror takes pushes of its own robot alone, and a read-only repository none.
fn is_open_to_pushes(state: &Everything, user: Option<&str>, repository: &str) -> bool {
    let Some(repository) = state.repositories.get(repository) else { return false };
    match repository.state.as_str() {
        "NORMAL" => true,
        "MIRROR" => {
            repository.mirror.as_ref().is_some_and(|mirror| mirror["robot_username"].as_str() == user)
        }
        _ => false,
    }
}

fn make_token(state: &mut Everything, user: Option<&str>, service: String, access: Access) -> String {
    let now = state.clock.now();
    let end = now + TOKEN_SECONDS;
    let claims = json!({
        "iss": "quay", "aud": service, "sub": user.unwrap_or("(anonymous)"), "iat": now, "nbf": now, "exp": end,
        "jti": state.new_id(),
        "access": access.iter().map(|(name, actions)| json!({"type": "repository", "name": name, "actions": actions}))
            .collect::<Vec<_>>(),
    });
    let header = json!({"typ": "JWT", "alg": "RS256", "kid": "stub"});
    let encode = |text: String| BASE64_URL_SAFE_NO_PAD.encode(text);
    let token =
        [encode(header.to_string()), encode(claims.to_string()), encode("no signature".into())].join(".");
    state.registry_tokens.insert(token.clone(), RegistryToken { service, access, end });
    token
}
