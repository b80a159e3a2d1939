//! Labels of a manifest, which is named by its digest: a tag's name gives 404.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::extract::Query;
use axum::http::{StatusCode, header};
use axum::response::{IntoResponse, Json};
use regex::Regex;
use serde_json::{Value, json};

use super::super::access::{Answer, On, Read, Role, Write};
use super::super::refusal::Refusal;
use super::super::schema::{Body, Property, check};
use super::super::state::{Label, Manifest, text};

const NEW_LABEL: &[Property] = &[
    Property::required("key", &["string"]),
    Property::required("value", &["string"]),
    Property::required("media_type", &["string", "null"]).among(&["text/plain", "application/json"]),
];
const RESERVED_PREFIXES: [&str; 12] = [
    "com.docker.",
    "io.docker.",
    "org.dockerproject.",
    "org.opencontainers.",
    "io.cncf.",
    "io.kubernetes.",
    "io.k8s.",
    "io.quay",
    "com.coreos",
    "com.tectonic",
    "internal",
    "quay",
];

pub(super) async fn list(on: On<Read>, Query(query): Query<HashMap<String, String>>) -> Answer {
    let prefix = query.get("filter").map(String::as_str).unwrap_or_default();
    with_manifest(&on, |manifest| {
        let labels = manifest.labels.iter().filter(|label| label.key.starts_with(prefix));
        Ok(Json(json!({"labels": labels.map(view).collect::<Vec<Value>>()})).into_response())
    })
}

pub(super) async fn add(on: On<Write>, Body(body): Body) -> Answer {
    on.require_normal_state()?;
    check(&body, NEW_LABEL)?;
    let key = text(&body["key"]);
    if RESERVED_PREFIXES.iter().any(|prefix| key.starts_with(prefix)) {
        return Err(Refusal::Message(StatusCode::BAD_REQUEST, "Label has a reserved prefix".into()));
    }
    let id = on.quay.state().new_id();
    let location = format!("/api/v1/repository/{}/manifest/{}/labels/{id}", on.name, on.part("digest"));
    with_manifest(&on, |manifest| {
        if !is_valid_key(&key) {
            let message =
                "Label is of an invalid format or missing please use the documented format for labels";
            return Err(Refusal::Message(StatusCode::BAD_REQUEST, message.into()));
        }
        let media_type =
            body["media_type"].as_str().map_or_else(|| guessed_type(&body["value"]), String::from);
        let label = Label { id, key, value: text(&body["value"]), source: "api".into(), media_type };
        let answer = json!({"label": view(&label)});
        manifest.labels.push(label);
        Ok((StatusCode::CREATED, [(header::LOCATION, location)], Json(answer)).into_response())
    })
}

pub(super) async fn show(on: On<Read>) -> Answer {
    with_manifest(&on, |manifest| {
        let label = manifest.labels.iter().find(|label| label.id == on.part("label"));
        Ok(Json(view(label.ok_or(Refusal::NotFound)?)).into_response())
    })
}

pub(super) async fn delete(on: On<Write>) -> Answer {
    on.require_normal_state()?;
    with_manifest(&on, |manifest| {
        let position = manifest.labels.iter().position(|label| label.id == on.part("label"));
        let position = position.ok_or(Refusal::NotFound)?;
        if manifest.labels[position].source != "api" {
            let message = "Cannot delete a label that came from the manifest";
            return Err(Refusal::Message(StatusCode::BAD_REQUEST, message.into()));
        }
        manifest.labels.remove(position);
        Ok(StatusCode::NO_CONTENT.into_response())
    })
}

fn with_manifest<R: Role>(on: &On<R>, work: impl FnOnce(&mut Manifest) -> Answer) -> Answer {
    let digest = on.part("digest");
    on.with(|repository, now| {
        let is_available = repository.is_available(digest, now);
        work(repository.manifests.get_mut(digest).filter(|_| is_available).ok_or(Refusal::NotFound)?)
    })
}

fn view(label: &Label) -> Value {
    json!({
        "id": label.id, "key": label.key, "value": label.value, "source_type": label.source,
        "media_type": label.media_type,
    })
}

/// `^[a-z0-9](([a-z0-9]|[-.](?![.-]))*[a-z0-9])?$`: no two of `-` and `.` side by side.
fn is_valid_key(key: &str) -> bool {
    static KEY: LazyLock<Regex> =
        LazyLock::new(|| Regex::new("^[a-z0-9]+([-.][a-z0-9]+)*$").expect("a regular expression"));
    KEY.is_match(key)
}

fn guessed_type(value: &Value) -> String {
    let is_json =
        serde_json::from_str::<Value>(&text(value)).is_ok_and(|value| value.is_object() || value.is_array());
    if is_json { "application/json" } else { "text/plain" }.into()
}
