//! Roles of users, robots and teams in a repository.

use std::collections::BTreeMap;

use axum::http::StatusCode;
use axum::response::{IntoResponse, Json};
use serde_json::{Map, Value, json};

use super::super::access::{Admin, Answer, On};
use super::super::refusal::Refusal;
use super::super::schema::{Body, Property, check};
use super::super::state::{Repository, text};

const ROLE: &[Property] = &[Property::required("role", &["string"]).among(&["read", "write", "admin"])];

pub(super) async fn list(on: On<Admin>) -> Answer {
    on.with(|repository, _| {
        let roles = roles(repository, &on)?;
        let views: Map<String, Value> =
            roles.iter().map(|(name, role)| (name.clone(), view(&on, name, role))).collect();
        Ok(Json(json!({"permissions": views})).into_response())
    })
}

pub(super) async fn show(on: On<Admin>) -> Answer {
    on.with(|repository, _| {
        let name = on.part("name");
        let role = roles(repository, &on)?.get(name).cloned().ok_or_else(|| unknown(name))?;
        Ok(Json(view(&on, name, &role)).into_response())
    })
}

pub(super) async fn set(on: On<Admin>, Body(body): Body) -> Answer {
    check(&body, ROLE)?;
    let name = on.part("name");
    require_known(&on, name)?;
    on.with(|repository, _| {
        let role = text(&body["role"]);
        roles(repository, &on)?.insert(name.to_owned(), role.clone());
        Ok(Json(view(&on, name, &role)).into_response())
    })
}

pub(super) async fn delete(on: On<Admin>) -> Answer {
    on.with(|repository, _| {
        let name = on.part("name");
        let deleted = roles(repository, &on)?.remove(name);
        deleted.map(|_| StatusCode::NO_CONTENT.into_response()).ok_or_else(|| unknown(name))
    })
}

/// Returns the roles of users or of teams, as the path says.
fn roles<'a>(
    repository: &'a mut Repository,
    on: &On<Admin>,
) -> Result<&'a mut BTreeMap<String, String>, Refusal> {
    match on.part("kind") {
        "user" => Ok(&mut repository.users),
        "team" => Ok(&mut repository.teams),
        _ => Err(Refusal::NotFound),
    }
}

fn view(on: &On<Admin>, name: &str, role: &str) -> Value {
    let avatar = json!({"name": name, "hash": "", "color": "#000000", "kind": on.part("kind")});
    let mut view = json!({"role": role, "name": name, "avatar": avatar});
    if on.part("kind") == "user" {
        view["is_robot"] = json!(name.contains('+'));
        view["is_org_member"] = json!(true);
    }
    view
}

/// Refuses a robot or team that the organization does not have. Users are not kept here, so all exist.
fn require_known(on: &On<Admin>, name: &str) -> Result<(), Refusal> {
    let state = on.quay.state();
    let organization =
        on.name.split_once('/').and_then(|(organization, _)| state.organizations.get(organization));
    let is_known = match on.part("kind") {
        "team" => organization.is_some_and(|organization| organization.teams.contains_key(name)),
        _ => !name.contains('+') || state.robot(name).is_some(),
    };
    if is_known { Ok(()) } else { Err(unknown(name)) }
}

fn unknown(name: &str) -> Refusal {
    Refusal::invalid(format!("Could not find or no permission for: {name}"))
}
