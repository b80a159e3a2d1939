//! What refers to a manifest as its subject.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::IntoResponse;
use serde_json::{Value, json};

use super::super::access::Answer;
use super::super::refusal::Refusal;
use super::super::state::Manifest;
use super::{Quay, require};
use crate::image::media_type;

pub(super) async fn list(
    State(quay): State<Arc<Quay>>,
    Path((organization, repository, digest)): Path<(String, String, String)>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Answer {
    let name = format!("{organization}/{repository}");
    require(&quay, &headers, &name, "pull")?;
    let state = quay.state();
    let manifests = state.repositories.get(&name).map(|found| &found.manifests);
    let manifests = manifests.filter(|manifests| manifests.contains_key(&digest)).ok_or_else(|| {
        Refusal::Registry(StatusCode::BAD_REQUEST, "MANIFEST_INVALID", "manifest invalid".into())
    })?;
    let referrers = manifests.iter().filter(|(_, manifest)| manifest.content["subject"]["digest"] == *digest);
    let wanted = query.get("artifactType");
    let descriptors = referrers
        .map(descriptor)
        .filter(|descriptor| wanted.is_none_or(|wanted| descriptor["artifactType"] == **wanted));
    let index = json!({
        "schemaVersion": 2, "mediaType": media_type::INDEX, "manifests": descriptors.collect::<Vec<Value>>(),
    });
    let mut response = ([(header::CONTENT_TYPE, media_type::INDEX)], index.to_string()).into_response();
    if wanted.is_some() {
        response
            .headers_mut()
            .insert("oci-filters-applied", header::HeaderValue::from_static("artifactType"));
    }
    Ok(response)
}

fn descriptor((digest, manifest): (&String, &Manifest)) -> Value {
    let config_type = &manifest.content["config"]["mediaType"];
    let artifact_type = manifest.content.get("artifactType").unwrap_or(config_type);
    let mut descriptor = json!({
        "mediaType": manifest.media_type, "digest": digest, "size": manifest.bytes.len(), "artifactType": artifact_type,
    });
    if let Some(annotations) = manifest.content.get("annotations") {
        descriptor["annotations"] = annotations.clone();
    }
    descriptor
}
