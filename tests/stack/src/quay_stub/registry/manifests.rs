//! Manifests: pushed, pulled with Quay's conversions, deleted.

use std::sync::Arc;

use axum::body::{Bytes, to_bytes};
use axum::extract::{Path, Request, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use serde_json::{Value, json};

use super::super::access::Answer;
use super::super::api::notify_push;
use super::super::history::expires_after;
use super::super::refusal::Refusal;
use super::super::scan::Scan;
use super::super::state::{Label, Manifest, Repository, text};
use super::{Quay, require};
use crate::image::{digest, media_type};

/// nginx in front of Quay takes no larger ones.
const MAX_MANIFEST_BYTES: usize = 1024 * 1024;
const SCHEMA_1: &str = "application/vnd.docker.distribution.manifest.v1+prettyjws";

type Place = Path<(String, String, String)>;

pub(super) async fn show(
    State(quay): State<Arc<Quay>>,
    Path((organization, repository, reference)): Place,
    headers: HeaderMap,
) -> Answer {
    let name = format!("{organization}/{repository}");
    require(&quay, &headers, &name, "pull")?;
    let state = quay.state();
    let found = state.repositories.get(&name).ok_or_else(Refusal::manifest_unknown)?;
    let now = state.clock.now();
    if reference.contains(':') {
        let manifest = found.manifests.get(&reference).filter(|_| found.is_available(&reference, now));
        return Ok(answer(&reference, manifest.ok_or_else(Refusal::manifest_unknown)?));
    }
    let digest = &found.live(&reference, now).ok_or_else(|| absent_tag(found, &reference))?.digest;
    negotiate(found, digest, &accepted(&headers))
}

pub(super) async fn push(
    State(quay): State<Arc<Quay>>,
    Path((organization, repository, reference)): Place,
    request: Request,
) -> Answer {
    let name = format!("{organization}/{repository}");
    require(&quay, request.headers(), &name, "push")?;
    let declared = request.headers().get(header::CONTENT_TYPE).and_then(|value| value.to_str().ok());
    let declared = declared.unwrap_or_default().to_owned();
    let body = to_bytes(request.into_body(), MAX_MANIFEST_BYTES).await;
    let body = body.map_err(|_| Refusal::Page(StatusCode::PAYLOAD_TOO_LARGE))?;
    let content: Value = serde_json::from_slice(&body).map_err(|_| invalid(&body))?;
    let digest = digest(&body);
    if reference.contains(':') && reference != digest {
        return Err(invalid(&body));
    }
    refuse_immutable(&quay, &name, &reference)?;
    keep(&quay, &name, &digest, &declared, &body).await?;
    let config = image_config(&quay, &name, &content).await;

    let mut state = quay.state();
    let now = state.clock.now();
    let ids: Vec<String> = config_labels(&config).map(|_| state.new_id()).collect();
    let scan = state.first_scan.clone();
    let found = state.create_repository(&name);
    let manifest = || made(declared, &body, content, &config, ids).scanned_as(scan);
    found.manifests.entry(digest.clone()).or_insert_with(manifest);
    if !reference.contains(':') {
        found.point(&reference, &digest, now);
        drop(state);
        notify_push(&quay, &name, &reference);
    }
    let location = format!("{}/v2/{name}/manifests/{digest}", quay.url());
    let headers = [("docker-content-digest", digest), ("location", location)];
    Ok((StatusCode::CREATED, headers).into_response())
}

/// Ends every tag of a manifest.
pub(super) async fn delete(
    State(quay): State<Arc<Quay>>,
    Path((organization, repository, digest)): Place,
    headers: HeaderMap,
) -> Answer {
    let name = format!("{organization}/{repository}");
    require(&quay, &headers, &name, "push")?;
    let mut state = quay.state();
    let now = state.clock.now();
    let found = state.repositories.get_mut(&name).ok_or_else(Refusal::manifest_unknown)?;
    if !digest.contains(':') {
        return Err(Refusal::Registry(
            StatusCode::METHOD_NOT_ALLOWED,
            "UNSUPPORTED",
            "The operation is unsupported.".into(),
        ));
    }
    let rows = found.tags.iter().filter(|row| row.digest == digest && row.is_live(now));
    if rows.clone().any(|row| row.immutable) {
        return Err(tag_immutable());
    }
    let names: Vec<String> = rows.map(|row| row.name.clone()).collect();
    if names.is_empty() {
        return Err(Refusal::manifest_unknown());
    }
    for tag in &names {
        found.delete(tag, now);
    }
    Ok(StatusCode::ACCEPTED.into_response())
}

/// Returns what a tag's manifest becomes for a client that accepts some media types only.
fn negotiate(repository: &Repository, digest: &str, accepted: &str) -> Answer {
    let manifest = repository.manifests.get(digest).ok_or_else(Refusal::manifest_unknown)?;
    if accepted.contains(&manifest.media_type) {
        return Ok(answer(digest, manifest));
    }
    if manifest.is_index() {
        let is_amd64 = |child: &&Value| child["platform"]["architecture"] == "amd64";
        let child = manifest.children().iter().find(is_amd64).ok_or_else(Refusal::manifest_unknown)?;
        return negotiate(repository, child["digest"].as_str().unwrap_or_default(), accepted);
    }
    if manifest.is_image() { Ok(schema_1(digest)) } else { Err(Refusal::manifest_unknown()) }
}

/// Returns an image as the first schema had it, which is another manifest with another digest.
fn schema_1(original: &str) -> Response {
    let body = json!({
        "schemaVersion": 1, "name": "converted", "tag": original.trim_start_matches("sha256:"), "architecture": "amd64",
        "fsLayers": [], "history": [], "signatures": [],
    });
    let body = body.to_string();
    let digest = digest(body.as_bytes());
    ([("content-type", SCHEMA_1.to_owned()), ("docker-content-digest", digest)], body).into_response()
}

fn answer(digest: &str, manifest: &Manifest) -> Response {
    let headers = [("content-type", manifest.media_type.as_str()), ("docker-content-digest", digest)];
    (headers, manifest.bytes.clone()).into_response()
}

fn accepted(headers: &HeaderMap) -> String {
    let values = headers.get_all(header::ACCEPT).iter().filter_map(|value| value.to_str().ok());
    values.collect::<Vec<&str>>().join(",")
}

fn absent_tag(repository: &Repository, tag: &str) -> Refusal {
    if repository.tags.iter().any(|row| row.name == tag) {
        let message = format!("Tag {tag} was deleted or has expired. To pull, revive via time machine");
        return Refusal::Registry(StatusCode::NOT_FOUND, "TAG_EXPIRED", message);
    }
    Refusal::manifest_unknown()
}

/// Refuses to push to an immutable tag, also what it points to already.
fn refuse_immutable(quay: &Quay, name: &str, reference: &str) -> Result<(), Refusal> {
    let state = quay.state();
    let row = state.repositories.get(name).and_then(|found| found.live(reference, state.clock.now()));
    if row.is_some_and(|row| row.immutable) { Err(tag_immutable()) } else { Ok(()) }
}

/// Puts the manifest into the registry behind by its digest: the stub alone knows tags.
async fn keep(quay: &Quay, name: &str, digest: &str, declared: &str, body: &Bytes) -> Result<(), Refusal> {
    let url = format!("{}/v2/{name}/manifests/{digest}", quay.registry_url);
    let request = quay.http.put(url).header(header::CONTENT_TYPE, declared).body(body.clone());
    let response = request.send().await.map_err(|_| Refusal::Page(StatusCode::BAD_GATEWAY))?;
    if response.status() == StatusCode::CREATED { Ok(()) } else { Err(invalid(body)) }
}

/// Returns the config of an image, and nothing for other manifests.
async fn image_config(quay: &Quay, name: &str, content: &Value) -> Value {
    let config = &content["config"];
    let is_image =
        [media_type::CONFIG, media_type::DOCKER_CONFIG].iter().any(|kind| config["mediaType"] == *kind);
    let Some(digest) = config["digest"].as_str().filter(|_| is_image) else { return Value::Null };
    let url = format!("{}/v2/{name}/blobs/{digest}", quay.registry_url);
    let Ok(response) = quay.http.get(url).send().await else { return Value::Null };
    response.bytes().await.ok().and_then(|bytes| serde_json::from_slice(&bytes).ok()).unwrap_or_default()
}

fn config_labels(config: &Value) -> impl Iterator<Item = (&String, &Value)> {
    config["config"]["Labels"].as_object().into_iter().flatten()
}

fn made(declared: String, body: &Bytes, content: Value, config: &Value, ids: Vec<String>) -> Manifest {
    let labels: Vec<Label> = config_labels(config)
        .zip(ids)
        .map(|((key, value), id)| Label {
            id,
            key: key.clone(),
            value: text(value),
            source: "manifest".into(),
            media_type: "text/plain".into(),
        })
        .collect();
    let label =
        labels.iter().find(|label| label.key == "quay.expires-after").map(|label| label.value.clone());
    let annotation = content["annotations"]["quay.expires-after"].as_str().map(String::from);
    let media_type = content["mediaType"].as_str().map_or(declared, String::from);
    let mut manifest = Manifest {
        media_type,
        bytes: body.clone(),
        content,
        expires_after: label.or(annotation).and_then(|value| expires_after(&value)),
        labels,
        ..Manifest::default()
    };
    manifest.scans.push_back(if manifest.is_image() { Scan::Queued } else { Scan::Unsupported });
    manifest
}

fn tag_immutable() -> Refusal {
    let message = "tag is immutable and cannot be overwritten";
    Refusal::Registry(StatusCode::CONFLICT, "TAG_IMMUTABLE", message.into())
}

/// Quay quotes what it could not take, up to 40 kB of it.
fn invalid(body: &Bytes) -> Refusal {
    let quoted = String::from_utf8_lossy(&body[..body.len().min(40_000)]).into_owned();
    Refusal::Registry(StatusCode::BAD_REQUEST, "MANIFEST_INVALID", format!("manifest invalid: {quoted}"))
}
