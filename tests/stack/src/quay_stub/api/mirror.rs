//! The mirror's configuration of a repository.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Json};
use serde_json::{Value, json};

use super::super::access::{Admin, Answer, On};
use super::super::refusal::Refusal;
use super::super::schema::{Body, Property, check};

/// Quay takes no shorter time for a synchronization.
const LEAST_TIMEOUT_SECONDS: i64 = 300;
const NEW_MIRROR: &[Property] = &[
    Property::required("external_reference", &["string"]),
    Property::required("sync_interval", &["integer"]),
    Property::required("sync_start_date", &["string"]),
    Property::required("root_rule", &["object"]),
    Property::required("skopeo_timeout_interval", &["integer"]),
];
const MIRROR: &[Property] = &[
    Property::optional("is_enabled", &["boolean"]),
    Property::optional("external_reference", &["string"]),
    Property::optional("external_registry_username", &["string", "null"]),
    Property::optional("external_registry_password", &["string", "null"]),
    Property::optional("external_registry_config", &["object"]),
    Property::optional("sync_start_date", &["string"]),
    Property::optional("sync_interval", &["integer"]),
    Property::optional("robot_username", &["string"]),
    Property::optional("root_rule", &["object"]),
    Property::optional("skopeo_timeout_interval", &["integer"]),
    Property::optional("architecture_filter", &["array", "null"]),
];
const RULE: &[Property] = &[
    Property::required("rule_kind", &["string"]).among(&["tag_glob_csv"]),
    Property::required("rule_value", &["array"]),
];

pub(super) async fn show(on: On<Admin>) -> Answer {
    on.with(|repository, _| {
        let mut view = repository.mirror.clone().ok_or(Refusal::NotFound)?;
        view.as_object_mut().into_iter().for_each(|view| drop(view.remove("external_registry_password")));
        Ok(Json(view).into_response())
    })
}

pub(super) async fn create(on: On<Admin>, Body(body): Body) -> Answer {
    check(&body, NEW_MIRROR)?;
    on.with(|repository, _| match &repository.mirror {
        Some(_) => {
            let detail = format!("Mirror configuration already exits for repository {}", on.name);
            Err(Refusal::Detail(StatusCode::CONFLICT, detail))
        }
        None => Ok(()),
    })?;
    check_values(&on, &body)?;
    if body.get("robot_username").is_none() {
        // Quay takes it for given.
        return Err(Refusal::Page(StatusCode::INTERNAL_SERVER_ERROR));
    }
    let defaults = json!({
        "is_enabled": true, "mirror_type": "PULL", "external_registry_username": null,
        "external_registry_config": {}, "sync_expiration_date": null, "sync_retries_remaining": 3,
        "sync_status": "NEVER_RUN", "architecture_filter": [],
    });
    on.with(|repository, _| {
        repository.mirror = Some(merged(defaults, &body));
        Ok(StatusCode::CREATED.into_response())
    })
}

pub(super) async fn change(on: On<Admin>, Body(body): Body) -> Answer {
    on.with(|repository, _| repository.mirror.is_some().then_some(()).ok_or(Refusal::NotFound))?;
    check_values(&on, &body)?;
    if body.get("external_registry_password").is_some() && body.get("external_registry_username").is_none() {
        return Err(detail("Unable to set a new password without also specifying a username."));
    }
    on.with(|repository, _| {
        repository.mirror = repository.mirror.take().map(|mirror| merged(mirror, &body));
        Ok(StatusCode::CREATED.into_response())
    })
}

pub(super) async fn sync_now(on: On<Admin>) -> Answer {
    on.with(|repository, _| {
        let mirror = repository.mirror.as_mut().ok_or(Refusal::NotFound)?;
        mirror["sync_status"] = json!("SYNC_NOW");
        Ok(StatusCode::NO_CONTENT.into_response())
    })
}

fn check_values(on: &On<Admin>, body: &Value) -> Result<(), Refusal> {
    check(body, MIRROR)?;
    if let Some(rule) = body.get("root_rule") {
        check(rule, RULE)?;
    }
    if body["skopeo_timeout_interval"].as_i64().is_some_and(|seconds| seconds < LEAST_TIMEOUT_SECONDS) {
        return Err(detail("Skopeo timeout interval cannot be less than 300 seconds"));
    }
    if body["sync_start_date"].as_str().is_some_and(|date| !is_date(date)) {
        return Err(detail("Incorrect DateTime format for sync_start_date."));
    }
    match body["robot_username"].as_str() {
        Some(robot) if on.quay.state().robot(robot).is_none() => {
            Err(Refusal::invalid(format!("Could not find robot with username: {robot}")))
        }
        _ => Ok(()),
    }
}

/// `2026-01-31T00:00:00Z`, and nothing else.
fn is_date(text: &str) -> bool {
    let pattern = "dddd-dd-ddTdd:dd:ddZ";
    let fits =
        |(found, wanted): (char, char)| if wanted == 'd' { found.is_ascii_digit() } else { found == wanted };
    text.len() == pattern.len() && text.chars().zip(pattern.chars()).all(fits)
}

fn merged(mut object: Value, changes: &Value) -> Value {
    for (key, value) in changes.as_object().into_iter().flatten() {
        object[key] = value.clone();
    }
    object
}

fn detail(text: &str) -> Refusal {
    Refusal::Detail(StatusCode::BAD_REQUEST, text.into())
}
