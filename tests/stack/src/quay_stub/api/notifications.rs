//! Notifications, and the webhooks that they send.

use std::sync::Arc;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Json};
use http::header::CONTENT_TYPE;
use serde_json::{Value, json};

use super::super::Quay;
use super::super::access::{Admin, Answer, On};
use super::super::refusal::Refusal;
use super::super::schema::{Body, Property, check};
use crate::runtime::runtime;

const NEW_NOTIFICATION: &[Property] = &[
    Property::required("event", &["string"]),
    Property::required("method", &["string"]),
    Property::required("config", &["object"]),
    Property::required("eventConfig", &["object"]),
    Property::optional("title", &["string"]),
];
const EVENTS: [&str; 6] = [
    "repo_push",
    "vulnerability_found",
    "repo_mirror_sync_started",
    "repo_mirror_sync_success",
    "repo_mirror_sync_failed",
    "repo_image_expiry",
];

pub(super) async fn list(on: On<Admin>) -> Answer {
    on.with(|repository, _| Ok(Json(json!({"notifications": repository.notifications})).into_response()))
}

pub(super) async fn create(on: On<Admin>, Body(body): Body) -> Answer {
    check(&body, NEW_NOTIFICATION)?;
    if !EVENTS.iter().any(|event| body["event"] == *event) || body["method"] != "webhook" {
        // Quay looks both up without catching that they are not there.
        return Err(Refusal::Page(StatusCode::INTERNAL_SERVER_ERROR));
    }
    let url = body["config"]["url"].as_str().unwrap_or_default();
    if url.is_empty() {
        return Err(Refusal::invalid("Missing webhook URL"));
    }
    if !url.starts_with("https://") && !url.starts_with("http://") {
        return Err(Refusal::invalid("Invalid webhook URL"));
    }
    let uuid = on.quay.state().new_id();
    let notification = json!({
        "uuid": uuid, "title": body["title"], "event": body["event"], "method": body["method"],
        "config": body["config"], "event_config": body["eventConfig"], "number_of_failures": 0,
    });
    on.with(|repository, _| {
        repository.notifications.push(notification.clone());
        Ok((StatusCode::CREATED, Json(notification)).into_response())
    })
}

pub(super) async fn show(on: On<Admin>) -> Answer {
    Ok(Json(find(&on)?.ok_or(Refusal::NotFound)?).into_response())
}

pub(super) async fn delete(on: On<Admin>) -> Answer {
    find(&on)?.ok_or_else(|| unknown(&on))?;
    on.with(|repository, _| {
        repository.notifications.retain(|notification| notification["uuid"] != on.part("uuid"));
        Ok(StatusCode::NO_CONTENT.into_response())
    })
}

pub(super) async fn test(on: On<Admin>) -> Answer {
    let notification = find(&on)?.ok_or_else(|| unknown(&on))?;
    send(&on.quay, &on.name, &notification, &json!({"updated_tags": ["latest"]}));
    Ok(Json(json!({})).into_response())
}

/// Tells the repository's webhooks of a tag that was pushed.
pub(crate) fn notify_push(quay: &Arc<Quay>, repository: &str, tag: &str) {
    let found = quay.state().repositories.get(repository).map(|found| found.notifications.clone());
    for notification in found.unwrap_or_default().iter().filter(|found| found["event"] == "repo_push") {
        send(quay, repository, notification, &json!({"updated_tags": [tag]}));
    }
}

/// Posts to a webhook. Nobody waits for it, and nobody learns whether it arrived.
fn send(quay: &Arc<Quay>, repository: &str, notification: &Value, facts: &Value) {
    let (organization, name) = repository.split_once('/').unwrap_or_default();
    let mut body = json!({
        "repository": repository, "namespace": organization, "name": name,
        "docker_url": format!("{}/{repository}", quay.service()),
        "homepage": format!("{}/repository/{repository}", quay.api_url()),
    });
    for (key, value) in facts.as_object().into_iter().flatten() {
        body[key] = value.clone();
    }
    let url = notification["config"]["url"].as_str().unwrap_or_default();
    let request = quay.http.post(url).header(CONTENT_TYPE, "application/json").body(body.to_string());
    runtime().spawn(request.send());
}

fn find(on: &On<Admin>) -> Result<Option<Value>, Refusal> {
    let is_meant = |notification: &&Value| notification["uuid"] == on.part("uuid");
    on.with(|repository, _| Ok(repository.notifications.iter().find(is_meant).cloned()))
}

fn unknown(on: &On<Admin>) -> Refusal {
    Refusal::invalid(format!("No repository notification found for: {}, {}", on.name, on.part("uuid")))
}
