//! Policies of a repository: which tags are pruned, and which are immutable.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Json};
use serde_json::{Value, json};

use super::super::access::{Admin, Answer, On};
use super::super::refusal::Refusal;
use super::super::schema::{Body, Property, check};

const PRUNING: &[Property] = &[
    Property::required("method", &["string"]),
    Property::required("value", &["integer", "string"]),
    Property::optional("tagPattern", &["string"]),
    Property::optional("tagPatternMatches", &["boolean"]),
];
const IMMUTABILITY: &[Property] =
    &[Property::required("tagPattern", &["string"]), Property::optional("tagPatternMatches", &["boolean"])];

pub(super) async fn list_pruning(on: On<Admin>) -> Answer {
    on.with(|repository, _| Ok(Json(json!({"policies": repository.prune_policies})).into_response()))
}

pub(super) async fn create_pruning(on: On<Admin>, Body(body): Body) -> Answer {
    let policy = pruning(&body, &on.quay.state().new_id())?;
    on.with(|repository, _| {
        let is_same =
            |known: &Value| ["method", "value", "tagPattern"].iter().all(|key| known[key] == policy[key]);
        if repository.prune_policies.iter().any(is_same) {
            return Err(Refusal::invalid(
                "Existing policy with same values for this repository, duplicate policies are not permitted",
            ));
        }
        let answer = json!({"uuid": policy["uuid"]});
        repository.prune_policies.push(policy);
        Ok((StatusCode::CREATED, Json(answer)).into_response())
    })
}

pub(super) async fn change_pruning(on: On<Admin>, Body(body): Body) -> Answer {
    let policy = pruning(&body, on.part("uuid"))?;
    on.with(|repository, _| {
        let known = repository.prune_policies.iter_mut().find(|known| known["uuid"] == policy["uuid"]);
        *known.ok_or(Refusal::NotFound)? = policy;
        Ok(StatusCode::NO_CONTENT.into_response())
    })
}

pub(super) async fn delete_pruning(on: On<Admin>) -> Answer {
    on.with(|repository, _| take(&mut repository.prune_policies, on.part("uuid")))
}

pub(super) async fn list_immutability(on: On<Admin>) -> Answer {
    require_immutable_tags(&on)?;
    on.with(|repository, _| Ok(Json(json!({"policies": repository.immutability_policies})).into_response()))
}

pub(super) async fn create_immutability(on: On<Admin>, Body(body): Body) -> Answer {
    require_immutable_tags(&on)?;
    check(&body, IMMUTABILITY)?;
    let pattern = body["tagPattern"].as_str().unwrap_or_default();
    if pattern.is_empty() || regex::Regex::new(pattern).is_err() {
        return Err(Refusal::invalid("Invalid regex pattern"));
    }
    let uuid = on.quay.state().new_id();
    let matches = body.get("tagPatternMatches").cloned().unwrap_or(json!(true));
    let policy = json!({"uuid": uuid, "tagPattern": pattern, "tagPatternMatches": matches});
    on.with(|repository, _| {
        repository.immutability_policies.push(policy);
        Ok((StatusCode::CREATED, Json(json!({"uuid": uuid}))).into_response())
    })
}

pub(super) async fn delete_immutability(on: On<Admin>) -> Answer {
    require_immutable_tags(&on)?;
    on.with(|repository, _| take(&mut repository.immutability_policies, on.part("uuid")))
}

/// Checks a pruning policy and returns it as the API shows it.
fn pruning(body: &Value, uuid: &str) -> Result<Value, Refusal> {
    check(body, PRUNING)?;
    let is_valid = match body["method"].as_str() {
        Some("number_of_tags") => body["value"].as_i64().is_some_and(|count| count > 0),
        Some("creation_date") => body["value"].as_str().is_some_and(is_time_delta),
        _ => return Err(Refusal::invalid("Invalid method provided")),
    };
    if !is_valid {
        return Err(Refusal::invalid("Invalid value given for method type"));
    }
    let pattern = body["tagPattern"].as_str().map(str::trim);
    if pattern == Some("") {
        return Err(Refusal::invalid("tag_pattern cannot be empty"));
    }
    let matches = body.get("tagPatternMatches").cloned().unwrap_or(json!(true));
    Ok(json!({
        "uuid": uuid, "method": body["method"], "value": body["value"], "tagPattern": pattern,
        "tagPatternMatches": matches,
    }))
}

/// A number and a unit, as in `7d`.
fn is_time_delta(text: &str) -> bool {
    let number = text.strip_suffix(['s', 'm', 'h', 'd', 'w']).unwrap_or_default();
    number.parse::<u32>().is_ok()
}

fn take(policies: &mut Vec<Value>, uuid: &str) -> Answer {
    let position = policies.iter().position(|policy| policy["uuid"] == uuid).ok_or(Refusal::NotFound)?;
    policies.remove(position);
    Ok(Json(json!({"uuid": uuid})).into_response())
}

/// The routes are not there where the feature is off.
fn require_immutable_tags(on: &On<Admin>) -> Result<(), Refusal> {
    if on.quay.immutable_tags { Ok(()) } else { Err(Refusal::Page(StatusCode::NOT_FOUND)) }
}
