//! The scanner's report of a manifest, the one thing here that robots may ask for. Quay gives it with and without
//! `vulnerabilities=true`.

use std::sync::Arc;

use axum::extract::{Path, State};
use axum::http::HeaderMap;
use axum::response::{IntoResponse, Json};

use super::super::Quay;
use super::super::access::{Answer, authorize};
use super::super::refusal::Refusal;
use super::super::state::{Manifest, State as Everything, rank};
use crate::registry::basic_credentials;

pub(super) async fn show(
    State(quay): State<Arc<Quay>>,
    Path((organization, repository, digest)): Path<(String, String, String)>,
    headers: HeaderMap,
) -> Answer {
    let name = format!("{organization}/{repository}");
    let mut state = quay.state();
    match basic_credentials(&headers) {
        Some((user, password)) => require_reader(&state, &user, &password, &name)?,
        None => authorize(&state, &headers, &organization, &name, "read")?,
    }
    let repository = state.repositories.get_mut(&name).ok_or(Refusal::NotFound)?;
    let manifest = repository.manifests.get_mut(&digest).ok_or(Refusal::NotFound)?;
    let answer =
        next_scan(manifest, &digest).ok_or_else(|| Refusal::Downstream("scanner does not answer".into()))?;
    Ok(Json(answer).into_response())
}

fn require_reader(state: &Everything, user: &str, password: &str, name: &str) -> Result<(), Refusal> {
    let user = state.login(user, password).ok_or(Refusal::InvalidToken)?;
    let may_read = state.role(Some(&user), name) >= rank("read");
    if may_read { Ok(()) } else { Err(Refusal::InsufficientScope) }
}

/// Returns what the test's script says next; its last answer stays.
fn next_scan(manifest: &mut Manifest, digest: &str) -> Option<serde_json::Value> {
    let scan = match manifest.scans.len() {
        0 | 1 => manifest.scans.front().cloned(),
        _ => manifest.scans.pop_front(),
    };
    scan.expect("every manifest has an answer").to_json(digest)
}
