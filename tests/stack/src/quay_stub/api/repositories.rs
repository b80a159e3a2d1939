//! Repositories themselves: made, described, shown to everybody or not, opened or closed for pushes.

use std::sync::{Arc, LazyLock};

use axum::extract::State;
use axum::http::{HeaderMap, StatusCode};
use axum::response::{IntoResponse, Json};
use regex::Regex;
use serde_json::json;

use super::super::Quay;
use super::super::access::{Admin, Answer, On, Read, Write, require_scope};
use super::super::history::TIME_MACHINE_SECONDS;
use super::super::refusal::Refusal;
use super::super::schema::{Body, Property, check};
use super::super::state::text;

const NEW_REPOSITORY: &[Property] = &[
    Property::required("repository", &["string"]),
    Property::required("visibility", &["string"]).among(&["public", "private"]),
    Property::required("description", &["string"]),
    Property::optional("namespace", &["string"]),
    Property::optional("repo_kind", &["string", "null"]).among(&["image"]),
];
const DESCRIPTION: &[Property] = &[Property::required("description", &["string"])];
const VISIBILITY: &[Property] =
    &[Property::required("visibility", &["string"]).among(&["public", "private"])];
const STATE: &[Property] =
    &[Property::required("state", &["string"]).among(&["NORMAL", "READ_ONLY", "MIRROR"])];

pub(super) async fn create(State(quay): State<Arc<Quay>>, headers: HeaderMap, Body(body): Body) -> Answer {
    static NAME: LazyLock<Regex> =
        LazyLock::new(|| Regex::new("^[a-z0-9][.a-z0-9_-]{0,254}$").expect("a regular expression"));
    check(&body, NEW_REPOSITORY)?;
    let organization = body["namespace"].as_str().unwrap_or("owner");
    let repository = body["repository"].as_str().unwrap_or_default();
    let mut state = quay.state();
    require_scope(&state, &headers, organization, "repo:create")?;
    let name = format!("{organization}/{repository}");
    if state.repositories.contains_key(&name) {
        return Err(Refusal::invalid("Repository already exists"));
    }
    if !NAME.is_match(repository) {
        return Err(Refusal::invalid("Invalid repository name"));
    }
    let created = state.create_repository(&name);
    created.description = text(&body["description"]);
    created.is_public = body["visibility"] == "public";
    let answer = json!({"namespace": organization, "name": repository, "kind": "image"});
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

pub(super) async fn show(on: On<Read>) -> Answer {
    let (organization, name) = on.name.split_once('/').unwrap_or_default();
    on.with(|repository, _| {
        Ok(Json(json!({
            "namespace": organization, "name": name, "kind": "image", "description": repository.description,
            "is_public": repository.is_public, "is_organization": true, "is_starred": false, "status_token": "",
            "trust_enabled": false, "tag_expiration_s": TIME_MACHINE_SECONDS, "is_free_account": false,
            "state": repository.state, "can_write": on.may_write, "can_admin": on.may_admin,
        }))
        .into_response())
    })
}

pub(super) async fn describe(on: On<Write>, Body(body): Body) -> Answer {
    check(&body, DESCRIPTION)?;
    on.with(|repository, _| {
        repository.description = text(&body["description"]);
        Ok(Json(json!({"success": true})).into_response())
    })
}

pub(super) async fn delete(on: On<Admin>) -> Answer {
    on.quay.state().repositories.remove(&on.name);
    Ok(StatusCode::NO_CONTENT.into_response())
}

pub(super) async fn change_visibility(on: On<Admin>, Body(body): Body) -> Answer {
    check(&body, VISIBILITY)?;
    on.with(|repository, _| {
        repository.is_public = body["visibility"] == "public";
        Ok(Json(json!({"success": true})).into_response())
    })
}

pub(super) async fn change_state(on: On<Admin>, Body(body): Body) -> Answer {
    check(&body, STATE)?;
    on.with(|repository, _| {
        repository.state = text(&body["state"]);
        Ok(Json(json!({"success": true})).into_response())
    })
}
