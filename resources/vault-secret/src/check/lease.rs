//! Renewing the lease that `source.secret.lease_id` names, as mschuchard's resource does in its check.

use kit::{Context, Result};
use time::format_description::well_known::Rfc3339;

use crate::engines::Place;
use crate::lease;
use crate::selection::Item;
use crate::session::Session;
use crate::version::{Kind, State, Version};

/// Renews the lease and returns its new end as a version.
pub(super) async fn renewed(session: &Session, item: &Item, place: &Place) -> Result<Version> {
    let given = item.wanted.lease_id.as_deref().unwrap_or_default();
    let id = lease::whole_id(given, place.path().as_str());
    let renewed = lease::renew(session, &id, None)
        .await
        .context(|| format!("cannot renew the lease of `{}`", item.name))?;
    let end = renewed.end.format(&Rfc3339)?;
    Ok(Version::single(State::new(Kind::Number, end)))
}
