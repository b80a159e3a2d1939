//! `/api/v1`, and the exchange of a foreign token for a robot's.

mod federation;
mod labels;
mod mirror;
mod notifications;
mod organization;
mod permissions;
mod policies;
mod repositories;
mod security;
mod tags;

use std::sync::Arc;

use axum::Router;
use axum::routing::{delete, get, post, put};

use super::Quay;
pub(super) use notifications::notify_push;

pub(super) fn router() -> Router<Arc<Quay>> {
    Router::new()
        .nest("/api/v1/repository/{organization}/{repository}", repository_routes())
        .nest("/api/v1/organization/{organization}", organization_routes())
        .route("/api/v1/repository", post(repositories::create))
        .route("/oauth2/federation/robot/token", get(federation::exchange))
}

fn repository_routes() -> Router<Arc<Quay>> {
    Router::new()
        .route("/", get(repositories::show).put(repositories::describe).delete(repositories::delete))
        .route("/changevisibility", post(repositories::change_visibility))
        .route("/changestate", put(repositories::change_state))
        .route("/tag/", get(tags::list))
        .route("/tag/{tag}", put(tags::change).delete(tags::delete))
        .route("/tag/{tag}/restore", post(tags::restore))
        .route("/manifest/{digest}/labels", get(labels::list).post(labels::add))
        .route("/manifest/{digest}/labels/{label}", get(labels::show).delete(labels::delete))
        .route("/manifest/{digest}/security", get(security::show))
        .route("/permissions/{kind}/", get(permissions::list))
        .route("/permissions/{kind}/{name}", {
            get(permissions::show).put(permissions::set).delete(permissions::delete)
        })
        .route("/notification/", get(notifications::list).post(notifications::create))
        .route("/notification/{uuid}", get(notifications::show).delete(notifications::delete))
        .route("/notification/{uuid}/test", post(notifications::test))
        .route("/autoprunepolicy/", get(policies::list_pruning).post(policies::create_pruning))
        .route("/autoprunepolicy/{uuid}", put(policies::change_pruning).delete(policies::delete_pruning))
        .route("/immutabilitypolicy/", get(policies::list_immutability).post(policies::create_immutability))
        .route("/immutabilitypolicy/{uuid}", delete(policies::delete_immutability))
        .route("/mirror", get(mirror::show).post(mirror::create).put(mirror::change))
        .route("/mirror/sync-now", post(mirror::sync_now))
}

fn organization_routes() -> Router<Arc<Quay>> {
    Router::new()
        .route("/robots", get(organization::list_robots))
        .route("/robots/{robot}", get(organization::show_robot).put(organization::create_robot))
        .route("/robots/{robot}/federation", {
            get(federation::show).post(federation::set).delete(federation::delete)
        })
        .route("/prototypes", get(organization::list_prototypes).post(organization::create_prototype))
        .route("/prototypes/{prototype}", {
            put(organization::change_prototype).delete(organization::delete_prototype)
        })
        .route("/applications/{client}/tokens", post(organization::create_token))
}
