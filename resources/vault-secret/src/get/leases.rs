//! The file that a later put renews or revokes leases by.

use kit::{Result, report};
use serde_json::{Value, json};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::output::Rendered;
use crate::secret::FetchedSecret;
use crate::selection::Said;
use crate::session::Session;
use kit::Span;

/// The file's name.
const FILE: &str = "leases.json";

/// Tells whether credentials with a lease leave the step, which end with the token that made them.
pub(super) fn has_any(secrets: &[FetchedSecret]) -> bool {
    made_here(secrets).next().is_some()
}

/// A lease that was renewed belongs to another token.
fn made_here(secrets: &[FetchedSecret]) -> impl Iterator<Item = &FetchedSecret> {
    secrets.iter().filter(|secret| secret.lease.is_some() && secret.said != Said::RenewedUnderMount)
}

/// Returns the file, if there are leases.
pub(super) fn file(session: &Session, secrets: &[FetchedSecret]) -> Result<Option<Rendered>> {
    let leases: Vec<Value> = secrets.iter().filter_map(lease).collect();
    if leases.is_empty() {
        return Ok(None);
    }
    let vault = session.vault_without_token();
    let mut content = json!({ "address": vault.address(), "leases": leases });
    if let Some(namespace) = vault.namespace() {
        content["namespace"] = json!(namespace);
    }
    if let Some(token) = session.token().filter(|token| !token.accessor().is_empty()) {
        content["token_accessor"] = json!(token.accessor());
    }
    Ok(Some(Rendered::new(FILE, format!("{content:#}\n"))))
}

fn lease(secret: &FetchedSecret) -> Option<Value> {
    let lease = secret.lease.as_ref()?;
    Some(json!({
        "name": secret.name,
        "path": secret.path,
        "lease_id": lease.id,
        "lease_duration": lease.duration,
        "renewable": lease.is_renewable,
        "expires": secret.expires.and_then(|end: OffsetDateTime| end.format(&Rfc3339).ok()),
    }))
}

/// Says how long the leases live, where that is shorter than they seem to.
pub(super) fn tell(session: &Session, secrets: &[FetchedSecret]) {
    let Some(left) = session.token().and_then(|token| token.remaining()) else { return };
    for secret in made_here(secrets) {
        if secret.lease.as_ref().is_some_and(|lease| lease.duration > left.as_secs() + 1) {
            report::warn(format_args!(
                "`{}` ends in {}, with the login's token, and not only with its lease: raise the role's `token_ttl` if that is too soon",
                secret.name,
                Span::from_seconds(left.as_secs())
            ));
        }
    }
}
