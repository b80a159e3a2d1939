//! `/v2` as Quay serves it: its own tokens and tags, in front of the registry that keeps the bytes.

mod blobs;
mod manifests;
mod referrers;
mod tags;
mod tokens;

use std::sync::Arc;

use axum::Router;
use axum::extract::State;
use axum::http::{HeaderMap, header};
use axum::response::{IntoResponse, Json};
use axum::routing::{get, patch, post};
use serde_json::json;

use super::Quay;
use super::access::Answer;
use super::refusal::Refusal;

pub(super) fn router() -> Router<Arc<Quay>> {
    // Not nested: what is passed on to the registry behind needs its whole path.
    let of_repository = |rest: &str| format!("/v2/{{organization}}/{{repository}}/{rest}");
    Router::new()
        .route("/v2/", get(ping))
        .route("/v2/auth", get(tokens::issue))
        .route(&of_repository("tags/list"), get(tags::list))
        .route(&of_repository("manifests/{reference}"), {
            get(manifests::show).put(manifests::push).delete(manifests::delete)
        })
        .route(&of_repository("referrers/{digest}"), get(referrers::list))
        .route(&of_repository("blobs/{digest}"), get(blobs::pull))
        .route(&of_repository("blobs/uploads/"), post(blobs::begin))
        .route(&of_repository("blobs/uploads/{upload}"), {
            patch(blobs::proceed).put(blobs::proceed).delete(blobs::proceed)
        })
}

/// Any token will do, also one that allows nothing.
async fn ping(State(quay): State<Arc<Quay>>, headers: HeaderMap) -> Answer {
    let state = quay.state();
    let known = token(&headers).and_then(|token| state.registry_tokens.get(token));
    match known {
        Some(token) if token.end > state.clock.now() && token.service == quay.service() => {
            Ok(Json(json!({})).into_response())
        }
        _ => Err(Refusal::Challenge(challenge(&quay))),
    }
}

/// Refuses a request whose token does not allow an action in a repository. Never 403: Quay then tells where to get a
/// better token.
fn require(quay: &Quay, headers: &HeaderMap, repository: &str, action: &str) -> Result<(), Refusal> {
    let actions = if action == "push" { "pull,push" } else { action };
    allows(quay, headers, repository, action).then_some(()).ok_or_else(|| {
        Refusal::Challenge(format!("{},scope=\"repository:{repository}:{actions}\"", challenge(quay)))
    })
}

/// Tells whether the request's token allows an action in a repository.
fn allows(quay: &Quay, headers: &HeaderMap, repository: &str, action: &str) -> bool {
    let state = quay.state();
    token(headers).and_then(|token| state.registry_tokens.get(token)).is_some_and(|token| {
        token.end > state.clock.now()
            && token.service == quay.service()
            && token.access.get(repository).is_some_and(|actions| actions.contains(action))
    })
}

fn challenge(quay: &Quay) -> String {
    format!("Bearer realm=\"{}/v2/auth\",service=\"{}\"", quay.url(), quay.service())
}

fn token(headers: &HeaderMap) -> Option<&str> {
    headers.get(header::AUTHORIZATION)?.to_str().ok()?.strip_prefix("Bearer ")
}
