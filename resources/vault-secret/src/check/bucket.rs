//! Time as a version: for credentials that exist only once they are made.
//!
//! A period has a beginning that all workers agree on. A credential that is made at any time within a period outlives
//! the period, since the period is shorter than the lease.

use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use kit::{Error, Result};

use crate::engines::Place;
use crate::params::Wanted;
use crate::session::Session;
use crate::vault::Call;
use crate::version::{Kind, State};
use kit::Span;

/// Returns the state of what is to be made anew in each period of `period` seconds.
///
/// Never one from before `since`: workers' clocks differ a little.
pub(super) fn state(period: u64, now: OffsetDateTime, since: Option<&str>) -> State {
    let period = i64::try_from(period.max(1)).unwrap_or(i64::MAX);
    let start = now.unix_timestamp() / period * period;
    let start = OffsetDateTime::from_unix_timestamp(start).unwrap_or(now);
    let before = since.and_then(|since| OffsetDateTime::parse(since, &Rfc3339).ok());
    // A period that begins later than the present one by more than itself was made by another setting.
    let latest = before.filter(|before| *before > start && *before - now <= time::Duration::seconds(period));
    let text = latest.unwrap_or(start).format(&Rfc3339).unwrap_or_default();
    State::new(Kind::Bucket, text)
}

/// Returns how often a credential is to be made, in seconds.
pub(super) async fn period(session: &Session, place: &Place, wanted: &Wanted) -> Result<u64> {
    if let Some(period) = wanted.renew_every {
        return Ok(period.seconds());
    }
    let lease = lease_length(session, place, wanted).await?.ok_or_else(|| {
        Error::new(format!("how long a credential of `{}` lives can't be told", place.path()))
            .hint("set `renew_every` to how often a new one is wanted")
    })?;
    match wanted.renew_before {
        None => Ok((lease * 2 / 3).max(1)),
        Some(before) if before.seconds() < lease => Ok(lease - before.seconds()),
        Some(before) => Err(Error::new(format!(
            "`renew_before` ({before}) is not shorter than the life of a credential of `{}` ({})",
            place.path(),
            Span::from_seconds(lease)
        ))),
    }
}

/// The life of a credential: by the request's `ttl`, the role or the mount, and no longer than the login's token,
/// which takes its leases with it.
async fn lease_length(session: &Session, place: &Place, wanted: &Wanted) -> Result<Option<u64>> {
    let asked = wanted.params.as_ref().and_then(|params| seconds(params.get("ttl")?));
    let vault = session.vault().await?;
    let lease = match asked {
        Some(asked) => Some(asked),
        None => role_length(session, place).await?.or(Some(place.mount.default_lease)),
    };
    let token = session.token().and_then(|token| token.length());
    drop(vault);
    Ok([lease, token].into_iter().flatten().filter(|seconds| *seconds > 0).min())
}

/// Asks the role for the life that it gives; a policy need not permit it.
async fn role_length(session: &Session, place: &Place) -> Result<Option<u64>> {
    let Some(role) = place.below.rsplit('/').next() else { return Ok(None) };
    let vault = session.vault().await?;
    let path = place.mount.path.join("roles").join(role);
    let answer = vault.send(&Call::read(path)).await.ok();
    let fields = ["default_ttl", "ttl", "token_default_ttl", "default_sts_ttl"];
    let data = answer.as_ref().and_then(|answer| answer.data());
    Ok(data.and_then(|data| fields.iter().find_map(|field| seconds(data.get(*field)?))))
}

/// Vault writes lengths of time as seconds, or as text.
fn seconds(value: &Value) -> Option<u64> {
    let text = value.as_str().map(str::to_owned).unwrap_or_else(|| value.to_string());
    text.parse::<Span>().ok().map(Span::seconds).filter(|seconds| *seconds > 0)
}

#[cfg(test)]
mod tests {
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_period_begins_where_all_workers_agree_and_never_goes_back() {
        let now = datetime!(2026-01-01 10:59:59 UTC);
        let hour = 3600;
        let cases = [
            ("first check", None, "2026-01-01T10:00:00Z"),
            ("earlier period", Some("2026-01-01T09:00:00Z"), "2026-01-01T10:00:00Z"),
            ("a worker ahead of us has begun the next", Some("2026-01-01T11:00:00Z"), "2026-01-01T11:00:00Z"),
            ("of another setting", Some("2026-01-02T00:00:00Z"), "2026-01-01T10:00:00Z"),
            ("no time at all", Some("0"), "2026-01-01T10:00:00Z"),
        ];
        for (case, since, expected) in cases {
            assert_eq!(state(hour, now, since).value, expected, "{case}");
        }
    }

    #[test]
    fn lengths_are_read_as_vault_writes_them() {
        use serde_json::json;
        for (value, expected) in [
            (json!(3600), Some(3600)),
            (json!("1h"), Some(3600)),
            (json!("3600"), Some(3600)),
            (json!(0), None),
            (json!(null), None),
        ] {
            assert_eq!(seconds(&value), expected, "{value}");
        }
    }
}
