//! An organization's robots, prototypes of permissions, and tokens.

use axum::http::StatusCode;
use axum::response::{IntoResponse, Json};
use serde_json::{Value, json};

use super::super::access::{Answer, OnOrganization};
use super::super::refusal::Refusal;
use super::super::schema::{Body, Property, check};
use super::super::state::{Organization, text};

const ROLES: &[&str] = &["read", "write", "admin"];
const NEW_PROTOTYPE: &[Property] = &[
    Property::required("role", &["string"]).among(ROLES),
    Property::required("delegate", &["object"]),
    Property::optional("activating_user", &["object"]),
];
const DELEGATE: &[Property] = &[
    Property::required("name", &["string"]),
    Property::required("kind", &["string"]).among(&["user", "team"]),
];
const CHANGED_PROTOTYPE: &[Property] = &[Property::required("role", &["string"]).among(ROLES)];
const NEW_TOKEN: &[Property] = &[
    Property::required("name", &["string"]),
    Property::required("scope", &["string"]),
    Property::optional("expiration", &["integer", "null"]),
];

impl OnOrganization {
    fn with<T>(&self, work: impl FnOnce(&mut Organization) -> Result<T, Refusal>) -> Result<T, Refusal> {
        let mut state = self.quay.state();
        work(state.organizations.get_mut(&self.organization).ok_or(Refusal::NotFound)?)
    }

    /// Returns the full name of the robot that the path names.
    pub(super) fn robot(&self) -> String {
        format!("{}+{}", self.organization, self.path["robot"])
    }
}

pub(super) async fn list_robots(on: OnOrganization) -> Answer {
    on.with(|organization| {
        let robots: Vec<Value> = organization.robots.keys().map(|name| robot_view(name, None)).collect();
        Ok(Json(json!({"robots": robots})).into_response())
    })
}

pub(super) async fn show_robot(on: OnOrganization) -> Answer {
    let name = on.robot();
    on.with(|organization| match organization.robots.get(&name) {
        Some(robot) => Ok(Json(robot_view(&name, Some(&robot.password))).into_response()),
        None => Err(Refusal::invalid(format!("Could not find robot with specified username: {name}"))),
    })
}

pub(super) async fn create_robot(on: OnOrganization) -> Answer {
    let name = on.robot();
    let mut state = on.quay.state();
    if state.robot(&name).is_some() {
        return Err(Refusal::invalid(format!("Existing robot with name: {name}")));
    }
    let password = state.create_robot(&name);
    Ok((StatusCode::CREATED, Json(robot_view(&name, Some(&password)))).into_response())
}

pub(super) async fn list_prototypes(on: OnOrganization) -> Answer {
    on.with(|organization| Ok(Json(json!({"prototypes": organization.prototypes})).into_response()))
}

pub(super) async fn create_prototype(on: OnOrganization, Body(body): Body) -> Answer {
    check(&body, NEW_PROTOTYPE)?;
    check(&body["delegate"], DELEGATE)?;
    let name = text(&body["delegate"]["name"]);
    let is_team = body["delegate"]["kind"] == "team";
    let id = on.quay.state().new_id();
    on.with(|organization| {
        let is_known = match is_team {
            true => organization.teams.contains_key(&name),
            false => !name.contains('+') || organization.robots.contains_key(&name),
        };
        if !is_known {
            return Err(Refusal::invalid("Missing delegate user or team"));
        }
        let mut delegate = json!({"name": name, "kind": body["delegate"]["kind"], "avatar": {}});
        if !is_team {
            delegate["is_robot"] = json!(name.contains('+'));
            delegate["is_org_member"] = json!(true);
        }
        let activating_user = body.get("activating_user").cloned().unwrap_or_default();
        let prototype =
            json!({"activating_user": activating_user, "delegate": delegate, "role": body["role"], "id": id});
        organization.prototypes.push(prototype.clone());
        Ok(Json(prototype).into_response())
    })
}

pub(super) async fn change_prototype(on: OnOrganization, Body(body): Body) -> Answer {
    check(&body, CHANGED_PROTOTYPE)?;
    on.with(|organization| {
        let is_meant = |prototype: &&mut Value| prototype["id"] == on.path["prototype"];
        let prototype = organization.prototypes.iter_mut().find(is_meant).ok_or(Refusal::NotFound)?;
        prototype["role"] = body["role"].clone();
        Ok(Json(prototype.clone()).into_response())
    })
}

pub(super) async fn delete_prototype(on: OnOrganization) -> Answer {
    on.with(|organization| {
        let is_meant = |prototype: &Value| prototype["id"] == on.path["prototype"];
        let position = organization.prototypes.iter().position(is_meant).ok_or(Refusal::NotFound)?;
        organization.prototypes.remove(position);
        Ok(StatusCode::NO_CONTENT.into_response())
    })
}

pub(super) async fn create_token(on: OnOrganization, Body(body): Body) -> Answer {
    check(&body, NEW_TOKEN)?;
    let mut state = on.quay.state();
    let token = state.create_oauth_token(&on.organization, &text(&body["scope"]));
    if let Some(seconds) = body["expiration"].as_i64() {
        let end = state.clock.now() + seconds;
        state.oauth_tokens.get_mut(&token).expect("made just now").end = end;
    }
    let answer = json!({"name": body["name"], "scope": body["scope"], "token": token});
    Ok((StatusCode::CREATED, Json(answer)).into_response())
}

fn robot_view(name: &str, password: Option<&str>) -> Value {
    let mut view = json!({"name": name, "created": null, "last_accessed": null, "description": ""});
    if let Some(password) = password {
        view["token"] = json!(password);
        view["unstructured_metadata"] = json!({});
    }
    view
}
