//! Robots that log in with another issuer's token instead of a password.

use std::sync::Arc;

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Json};
use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::{Value, json};

use super::super::Quay;
use super::super::access::{Answer, OnOrganization};
use super::super::refusal::Refusal;
use super::super::schema::{Body, Property, check};
use crate::registry::basic_credentials;

/// How long the password lasts that a federated robot gets.
const PASSWORD_SECONDS: i64 = 3600;
const ENTRY: &[Property] =
    &[Property::required("issuer", &["string"]), Property::required("subject", &["string"])];

pub(super) async fn show(on: OnOrganization) -> Answer {
    let state = on.quay.state();
    let robot = state.robot(&on.robot()).ok_or_else(|| unknown(&on.robot()))?;
    Ok(Json(json!(robot.federation)).into_response())
}

pub(super) async fn set(on: OnOrganization, Body(body): Body) -> Answer {
    let Value::Array(entries) = &body else {
        return Err(Refusal::invalid(format!("{body} is not of type 'array'")));
    };
    let entries: Vec<Value> = entries.iter().map(entry).collect::<Result<_, _>>()?;
    if (1..entries.len()).any(|position| entries[..position].contains(&entries[position])) {
        return Err(Refusal::invalid("Duplicate federation config entry"));
    }
    let mut state = on.quay.state();
    let robot = state.robot_mut(&on.robot()).ok_or_else(|| unknown(&on.robot()))?;
    robot.federation.clone_from(&entries);
    Ok(Json(json!(entries)).into_response())
}

pub(super) async fn delete(on: OnOrganization) -> Answer {
    let mut state = on.quay.state();
    state.robot_mut(&on.robot()).ok_or_else(|| unknown(&on.robot()))?.federation.clear();
    Ok(StatusCode::NO_CONTENT.into_response())
}

/// `GET /oauth2/federation/robot/token` with basic auth of the robot's name and the foreign token.
///
/// The token's signature is not checked: the stub asks no issuer for its keys.
pub(super) async fn exchange(State(quay): State<Arc<Quay>>, headers: HeaderMap) -> Answer {
    let Some((robot, token)) = basic_credentials(&headers) else {
        return Ok((StatusCode::UNAUTHORIZED, Json(json!({"error": "missing auth"}))).into_response());
    };
    // Quay parses it without catching that it cannot be parsed.
    let (header, claims) = parse(&token).ok_or(Refusal::Page(StatusCode::INTERNAL_SERVER_ERROR))?;
    let mut state = quay.state();
    let now = state.clock.now();
    refuse_bad_token(&header, &claims, now)?;
    let known =
        state.robot(&robot).ok_or_else(|| refused(format!("Could not find robot with username: {robot}")))?;
    let wanted = json!({"issuer": claims["iss"], "subject": claims["sub"]});
    if !known.federation.contains(&wanted) {
        return Err(refused("Robot does not have federated identity for issuer and subject".into()));
    }
    let password = format!("{}.{}.{}", "federated", state.new_id(), "password");
    state.federated_passwords.insert(password.clone(), (robot, now + PASSWORD_SECONDS));
    Ok(Json(json!({"token": password})).into_response())
}

/// Checks an entry and returns it without what Quay drops, such as an audience.
fn entry(entry: &Value) -> Result<Value, Refusal> {
    check(entry, ENTRY)?;
    let issuer = entry["issuer"].as_str().unwrap_or_default();
    if !issuer.starts_with("http://") && !issuer.starts_with("https://") {
        return Err(Refusal::invalid("Issuer must be a URL (http:// or https://)"));
    }
    Ok(json!({"issuer": issuer, "subject": entry["subject"]}))
}

fn parse(token: &str) -> Option<(Value, Value)> {
    let mut parts = token
        .split('.')
        .map(|part| serde_json::from_slice::<Value>(&BASE64_URL_SAFE_NO_PAD.decode(part).ok()?).ok());
    Some((parts.next()??, parts.next()??))
}

fn refuse_bad_token(header: &Value, claims: &Value, now: i64) -> Result<(), Refusal> {
    if !header["kid"].is_string() {
        return Err(refused("Missing kid in header".into()));
    }
    if !claims["iss"].as_str().is_some_and(|issuer| issuer.starts_with("https://")) {
        return Err(refused("Token issuer must use https".into()));
    }
    for claim in ["iat", "exp"] {
        if !claims[claim].is_i64() {
            return Err(refused(format!("Token is missing the \"{claim}\" claim")));
        }
    }
    if claims["exp"].as_i64().is_some_and(|end| end <= now) {
        return Err(refused("Signature has expired".into()));
    }
    Ok(())
}

fn refused(message: String) -> Refusal {
    Refusal::Message(StatusCode::BAD_REQUEST, message)
}

fn unknown(robot: &str) -> Refusal {
    Refusal::invalid(format!("Could not find robot with specified username: {robot}"))
}
