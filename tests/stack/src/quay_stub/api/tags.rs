//! Tags: listed with their history, moved, given an expiry, made immutable, deleted, restored.

use std::collections::HashMap;
use std::sync::LazyLock;

use axum::extract::Query;
use axum::http::StatusCode;
use axum::response::{IntoResponse, Json};
use regex::Regex;
use serde_json::{Value, json};

use super::super::access::{Answer, On, Read, Write};
use super::super::clock::rfc_2822;
use super::super::history::{TagRow, clamped_expiry};
use super::super::refusal::Refusal;
use super::super::schema::{Body, Property, check};
use super::super::state::Repository;

const DEFAULT_PAGE_ROWS: usize = 50;
const MAX_PAGE_ROWS: usize = 100;
const CHANGE: &[Property] = &[
    Property::optional("manifest_digest", &["string", "null"]),
    Property::optional("expiration", &["number", "null"]),
    Property::optional("immutable", &["boolean"]),
];
const RESTORE: &[Property] = &[Property::optional("manifest_digest", &["string"])];

pub(super) async fn list(on: On<Read>, Query(query): Query<HashMap<String, String>>) -> Answer {
    let number = |name: &str, default: usize| match query.get(name) {
        Some(text) => text.parse().map_err(|_| bad_request(format!("invalid value for {name}: {text}"))),
        None => Ok(default),
    };
    let page = number("page", 1)?.max(1);
    let limit =
        number("limit", DEFAULT_PAGE_ROWS)?.clamp(1, on.quay.state().page_rows.unwrap_or(MAX_PAGE_ROWS));
    let selects = selection(&query)?;
    let only_live =
        query.get("onlyActiveTags").is_some_and(|value| matches!(value.as_str(), "true" | "1" | "yes"));
    let answer = on.with(|repository, now| {
        let mut rows: Vec<(usize, &TagRow)> = repository.tags.iter().enumerate().collect();
        rows.retain(|(_, row)| selects(&row.name) && (!only_live || row.is_live(now)));
        rows.sort_by_key(|(number, row)| std::cmp::Reverse((row.start, *number)));
        let rest = rows.iter().skip((page - 1) * limit);
        let tags: Vec<Value> =
            rest.clone().take(limit).map(|(_, row)| view(repository, row, on.quay.immutable_tags)).collect();
        Ok(json!({"tags": tags, "page": page, "has_additional": rest.len() > limit}))
    })?;
    change_after_page(&on, page);
    Ok(Json(answer).into_response())
}

pub(super) async fn change(on: On<Write>, Body(body): Body) -> Answer {
    on.require_normal_state()?;
    check(&body, CHANGE)?;
    let tag = on.part("tag");
    static TAG: LazyLock<Regex> =
        LazyLock::new(|| Regex::new(r"^(?-u:\w)[\w.-]{0,127}$").expect("a regular expression"));
    if !TAG.is_match(tag) {
        return Err(bad_request("Invalid tag: must match [A-Za-z0-9_.-]".into()));
    }
    on.with(|repository, now| {
        if let Some(expiration) = body.get("expiration") {
            set_expiry(repository, tag, expiration, now)?;
        }
        if let Some(immutable) = body["immutable"].as_bool().filter(|_| on.quay.immutable_tags) {
            set_immutable(repository, tag, immutable, on.may_admin, now)?;
        }
        if let Some(digest) = body.get("manifest_digest") {
            let digest = digest.as_str().filter(|digest| repository.is_available(digest, now));
            move_tag(repository, tag, digest.ok_or(Refusal::NotFound)?, now)?;
        }
        Ok((StatusCode::CREATED, Json("Updated")).into_response())
    })
}

pub(super) async fn delete(on: On<Write>) -> Answer {
    on.require_normal_state()?;
    let tag = on.part("tag");
    on.with(|repository, now| {
        refuse_immutable(repository, tag, "delete", now)?;
        let deleted = repository.delete(tag, now);
        deleted.then(|| StatusCode::NO_CONTENT.into_response()).ok_or(Refusal::NotFound)
    })
}

pub(super) async fn restore(on: On<Write>, Body(body): Body) -> Answer {
    on.require_normal_state()?;
    check(&body, RESTORE)?;
    let tag = on.part("tag");
    on.with(|repository, now| {
        let digest =
            body["manifest_digest"].as_str().ok_or_else(|| Refusal::invalid("Missing manifest_digest"))?;
        if !repository.is_restorable(digest, now) {
            return Err(Refusal::NotFound);
        }
        move_tag(repository, tag, digest, now)?;
        let restored = repository.live_mut(tag, now);
        restored.into_iter().for_each(|row| row.reversion = true);
        Ok(Json(json!({})).into_response())
    })
}

/// Reads `specificTag` and `filter_tag_name`.
fn selection(query: &HashMap<String, String>) -> Result<impl Fn(&str) -> bool, Refusal> {
    let exact = query.get("specificTag").filter(|tag| !tag.is_empty()).cloned();
    let filter = match query.get("filter_tag_name").filter(|filter| !filter.is_empty()) {
        None => None,
        Some(filter) => match filter.split_once(':') {
            Some((operation @ ("like" | "eq"), name)) => Some((operation == "like", name.to_owned())),
            _ => return Err(bad_request("Unsupported syntax for filter_tag_name".into())),
        },
    };
    Ok(move |name: &str| {
        let is_exact = exact.as_ref().is_none_or(|exact| exact == name);
        let is_filtered = match &filter {
            Some((true, part)) => name.contains(part.as_str()),
            Some((false, whole)) => name == whole,
            None => true,
        };
        is_exact && is_filtered
    })
}

fn view(repository: &Repository, row: &TagRow, immutable_tags: bool) -> Value {
    let manifest = repository.manifests.get(&row.digest);
    let is_index = manifest.is_some_and(|manifest| manifest.is_index());
    let mut view = json!({
        "name": row.name, "reversion": row.reversion, "start_ts": row.start, "manifest_digest": row.digest,
        "is_manifest_list": is_index, "size": manifest.and_then(|manifest| manifest.layers_size()),
        "last_modified": rfc_2822(row.start),
    });
    if immutable_tags {
        view["immutable"] = json!(row.immutable);
    }
    if let Some(end) = row.end {
        view["end_ts"] = json!(end);
        view["expiration"] = json!(rfc_2822(end));
    }
    if let Some(index) = manifest.filter(|_| is_index) {
        let digests = index.children().iter().filter_map(|child| child["digest"].as_str());
        let presence: serde_json::Map<String, Value> = digests
            .map(|digest| (digest.to_owned(), json!(repository.manifests.contains_key(digest))))
            .collect();
        let present = presence.values().filter(|is_present| **is_present == json!(true)).count();
        view["is_sparse"] = json!(present < presence.len());
        view["child_manifest_count"] = json!(presence.len());
        view["present_child_count"] = json!(present);
        view["child_manifests_presence"] = Value::Object(presence);
    }
    view
}

fn set_expiry(repository: &mut Repository, tag: &str, expiration: &Value, now: i64) -> Result<(), Refusal> {
    let row = repository.live_mut(tag, now).ok_or(Refusal::NotFound)?;
    #[expect(
        clippy::cast_possible_truncation,
        reason = "a moment that is no integer loses its fraction, as in Quay"
    )]
    let asked = expiration.as_f64().map(|seconds| seconds as i64);
    if asked.is_some_and(|asked| asked <= now) {
        return Err(bad_request(
            "The browser (or proxy) sent a request that this server could not understand.".into(),
        ));
    }
    if row.immutable {
        return Err(Refusal::invalid("Could not update tag expiration; Tag has probably changed"));
    }
    row.end = asked.map(|asked| clamped_expiry(row.start, asked));
    Ok(())
}

fn set_immutable(
    repository: &mut Repository,
    tag: &str,
    immutable: bool,
    may_admin: bool,
    now: i64,
) -> Result<(), Refusal> {
    let row = repository.live_mut(tag, now).ok_or(Refusal::NotFound)?;
    if !immutable && row.immutable && !may_admin {
        return Err(Refusal::InsufficientScope);
    }
    if immutable && row.end.is_some() {
        return Err(Refusal::invalid("Could not update tag immutability; Tag has probably changed"));
    }
    row.immutable = immutable;
    Ok(())
}

fn move_tag(repository: &mut Repository, tag: &str, digest: &str, now: i64) -> Result<(), Refusal> {
    refuse_immutable(repository, tag, "overwrite", now)?;
    repository.point(tag, digest, now);
    Ok(())
}

fn refuse_immutable(
    repository: &Repository,
    tag: &str,
    operation: &'static str,
    now: i64,
) -> Result<(), Refusal> {
    match repository.live(tag, now) {
        Some(row) if row.immutable => Err(Refusal::TagImmutable { tag: tag.into(), operation }),
        _ => Ok(()),
    }
}

/// Makes the changes that the test wants between this page and the next.
fn change_after_page(on: &On<Read>, page: usize) {
    let mut state = on.quay.state();
    let now = state.clock.now();
    let changes = std::mem::take(&mut state.after_pages);
    for (name, after, change) in changes {
        match state.repositories.get_mut(&name) {
            Some(repository) if name == on.name && after == page => change(repository, now),
            _ => state.after_pages.push((name, after, change)),
        }
    }
}

fn bad_request(message: String) -> Refusal {
    Refusal::Message(StatusCode::BAD_REQUEST, message)
}
