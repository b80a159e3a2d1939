//! Who asks `/api/v1`, and whether they may.

use std::collections::HashMap;
use std::marker::PhantomData;
use std::sync::Arc;

use axum::RequestPartsExt;
use axum::extract::{FromRequestParts, Path};
use axum::http::request::Parts;
use axum::http::{HeaderMap, header};
use axum::response::Response;

use super::Quay;
use super::refusal::Refusal;
use super::state::{OauthToken, Repository, State, rank};

/// What a handler answers.
pub(super) type Answer = Result<Response, Refusal>;

/// The role that a request needs in its repository.
pub(super) trait Role: Send + Sync {
    const NAME: &str;
}

/// Needs `repo:read`, or nothing for a public repository.
pub(super) struct Read;
/// Needs `repo:write`.
pub(super) struct Write;
/// Needs `repo:admin`.
pub(super) struct Admin;

impl Role for Read {
    const NAME: &str = "read";
}

impl Role for Write {
    const NAME: &str = "write";
}

impl Role for Admin {
    const NAME: &str = "admin";
}

/// A request about a repository by somebody who may make it.
pub(super) struct On<R> {
    pub(super) quay: Arc<Quay>,
    /// `organization/name`.
    pub(super) name: String,
    /// Whether the one who asks could change the repository's tags.
    pub(super) may_write: bool,
    /// Whether the one who asks could do everything in the repository.
    pub(super) may_admin: bool,
    /// The other parts of the path.
    pub(super) path: HashMap<String, String>,
    role: PhantomData<R>,
}

/// A request about an organization by somebody who may make it.
pub(super) struct OnOrganization {
    pub(super) quay: Arc<Quay>,
    pub(super) organization: String,
    pub(super) path: HashMap<String, String>,
}

impl<R: Role> On<R> {
    /// Looks at or changes the repository.
    pub(super) fn with<T>(
        &self,
        work: impl FnOnce(&mut Repository, i64) -> Result<T, Refusal>,
    ) -> Result<T, Refusal> {
        let mut state = self.quay.state();
        let now = state.clock.now();
        work(state.repositories.get_mut(&self.name).ok_or(Refusal::NotFound)?, now)
    }

    /// Returns a part of the path.
    pub(super) fn part(&self, name: &str) -> &str {
        &self.path[name]
    }

    /// Refuses to change the contents of a mirror or a read-only repository.
    pub(super) fn require_normal_state(&self) -> Result<(), Refusal> {
        let state = self.quay.state();
        match state.repositories.get(&self.name) {
            Some(found) if found.state != "NORMAL" => {
                let message = format!("Repository is in read only or mirror mode: {}", found.state);
                Err(Refusal::Message(axum::http::StatusCode::SERVICE_UNAVAILABLE, message))
            }
            _ => Ok(()),
        }
    }
}

impl<R: Role> FromRequestParts<Arc<Quay>> for On<R> {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, quay: &Arc<Quay>) -> Result<Self, Refusal> {
        let Path(mut path) =
            parts.extract::<Path<HashMap<String, String>>>().await.map_err(|_| Refusal::NotFound)?;
        let organization = path.remove("organization").unwrap_or_default();
        let name = format!("{organization}/{}", path.remove("repository").unwrap_or_default());
        let (may_write, may_admin) = {
            let state = quay.state();
            authorize(&state, &parts.headers, &organization, &name, R::NAME)?;
            let may = |role: &str| authorize(&state, &parts.headers, &organization, &name, role).is_ok();
            (may(Write::NAME), may(Admin::NAME))
        };
        Ok(Self { quay: quay.clone(), name, may_write, may_admin, path, role: PhantomData })
    }
}

impl FromRequestParts<Arc<Quay>> for OnOrganization {
    type Rejection = Refusal;

    async fn from_request_parts(parts: &mut Parts, quay: &Arc<Quay>) -> Result<Self, Refusal> {
        let Path(mut path) =
            parts.extract::<Path<HashMap<String, String>>>().await.map_err(|_| Refusal::NotFound)?;
        let organization = path.remove("organization").unwrap_or_default();
        require_scope(&quay.state(), &parts.headers, &organization, "org:admin")?;
        Ok(Self { quay: quay.clone(), organization, path })
    }
}

/// Refuses whoever has no token with that scope for that organization.
pub(super) fn require_scope(
    state: &State,
    headers: &HeaderMap,
    organization: &str,
    scope: &str,
) -> Result<(), Refusal> {
    let token = bearer(state, headers)?.ok_or(Refusal::InvalidToken)?;
    let allowed = token.organization == organization && token.scopes.contains(scope);
    if allowed { Ok(()) } else { Err(Refusal::InsufficientScope) }
}

/// Refuses whoever has no token for that organization with a scope of that role.
pub(super) fn authorize(
    state: &State,
    headers: &HeaderMap,
    organization: &str,
    name: &str,
    role: &str,
) -> Result<(), Refusal> {
    let token = bearer(state, headers)?;
    let is_public = state.repositories.get(name).is_some_and(|repository| repository.is_public);
    if role == "read" && is_public {
        return Ok(());
    }
    let token = token.ok_or(Refusal::InvalidToken)?;
    let own = token.organization == organization && scope_rank(token) >= rank(role);
    if own { Ok(()) } else { Err(Refusal::InsufficientScope) }
}

/// Returns the token of the request. One that is unknown or has ended counts as none, and so does basic auth: robots
/// and passwords have no access here.
fn bearer<'a>(state: &'a State, headers: &HeaderMap) -> Result<Option<&'a OauthToken>, Refusal> {
    let header = headers.get(header::AUTHORIZATION).and_then(|value| value.to_str().ok()).unwrap_or_default();
    let Some(token) = header.strip_prefix("Bearer ") else { return Ok(None) };
    if token.matches('.').count() == 2 {
        return Err(Refusal::ForeignJwt);
    }
    Ok(state.oauth_tokens.get(token).filter(|token| token.end > state.clock.now()))
}

/// The greatest role that a token's scopes stand for.
fn scope_rank(token: &OauthToken) -> u8 {
    let roles = token.scopes.iter().filter_map(|scope| scope.strip_prefix("repo:"));
    roles.map(rank).max().unwrap_or_default()
}
