//! `tags/list`: pages of at most a hundred, with a relative link to the next.

use std::collections::HashMap;
use std::sync::Arc;

use axum::extract::{Path, Query, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Json};
use serde_json::json;

use super::super::access::Answer;
use super::super::refusal::Refusal;
use super::{Quay, require};

const MAX_PAGE_TAGS: usize = 100;

pub(super) async fn list(
    State(quay): State<Arc<Quay>>,
    Path((organization, repository)): Path<(String, String)>,
    Query(query): Query<HashMap<String, String>>,
    headers: HeaderMap,
) -> Answer {
    let name = format!("{organization}/{repository}");
    require(&quay, &headers, &name, "pull")?;
    let asked = query.get("n").and_then(|text| text.parse::<usize>().ok()).unwrap_or(MAX_PAGE_TAGS);
    let limit = asked.min(MAX_PAGE_TAGS);
    let state = quay.state();
    let unknown = || Refusal::Registry(StatusCode::NOT_FOUND, "NAME_UNKNOWN", "repository not found".into());
    let tags = state.repositories.get(&name).ok_or_else(unknown)?.live_names(state.clock.now());
    let start = match query.get("last") {
        Some(last) => tags.iter().position(|tag| tag == last).map_or(tags.len(), |position| position + 1),
        None => 0,
    };
    let page: Vec<&String> = tags[start..].iter().take(limit).collect();
    let body = Json(json!({"name": name, "tags": page}));
    match page.last().filter(|_| start + page.len() < tags.len()) {
        Some(last) => {
            let link = format!("</v2/{name}/tags/list?n={limit}&last={last}>; rel=\"next\"");
            Ok(([(header::LINK, link)], body).into_response())
        }
        None => Ok(body.into_response()),
    }
}
