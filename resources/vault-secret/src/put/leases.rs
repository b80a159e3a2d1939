//! Renewing and revoking what an earlier get handed out.

use kit::{Context, Error, Result, report};
use serde::Deserialize;
use serde_json::json;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Putter;
use super::outcome::{Outcome, What};
use crate::lease;
use crate::params::LeaseSource;
use crate::session::revoke_lease;
use crate::vault::{ApiPath, Call, VaultError};

/// A lease file of hundreds of leases has some hundred kilobytes.
const LARGEST_FILE: u64 = 4 * 1024 * 1024;

/// What a get writes into `leases.json`.
#[derive(Deserialize)]
struct LeaseFile {
    leases: Vec<FiledLease>,
}

#[derive(Deserialize)]
struct FiledLease {
    lease_id: String,
}

impl Putter<'_> {
    /// Renews leases.
    pub(super) async fn renew(&self, source: &LeaseSource) -> Result<Vec<Outcome>> {
        if source.serial_number.is_some() || source.accessor.is_some() {
            return Err(Error::new(
                "certificates and tokens can't be renewed here: `renew` takes `file` or `lease_id`",
            ));
        }
        let mut outcomes = Vec::new();
        for id in self.lease_ids(source)? {
            let place = path_of(&id);
            if self.is_dry_run {
                report::info(format_args!("dry run: the lease of `{place}` would be renewed"));
                outcomes.push(done("renewed", place, "dry run".into()));
                continue;
            }
            let renewed = lease::renew(self.session, &id, source.increment).await?;
            let end = renewed.end.format(&Rfc3339)?;
            self.tell_shorter(place, source, &renewed);
            report::info(format_args!("the lease of `{place}` was renewed until {end}"));
            outcomes.push(done("renewed", place, end));
        }
        Ok(outcomes)
    }

    fn tell_shorter(&self, place: &str, source: &LeaseSource, renewed: &lease::Renewed) {
        if source.increment.is_some_and(|asked| renewed.duration < asked.seconds()) {
            report::warn(format_args!(
                "Vault gave the lease of `{place}` {} s only: its role or mount allows no more",
                renewed.duration
            ));
        }
    }

    /// Revokes leases, a token or a certificate.
    pub(super) async fn revoke(&self, source: &LeaseSource) -> Result<Vec<Outcome>> {
        if source.increment.is_some() {
            return Err(Error::new("`increment` is for `renew`"));
        }
        let now = OffsetDateTime::now_utc().format(&Rfc3339)?;
        if let Some(serial) = &source.serial_number {
            let mount = source.mount.clone().unwrap_or_else(|| ApiPath::fixed("pki"));
            let call = Call::write(mount.join("revoke"), json!({ "serial_number": serial })).repeatable();
            return Ok(vec![self.revoke_by(call, &format!("{mount}/cert/{serial}"), now).await?]);
        }
        if let Some(accessor) = &source.accessor {
            let call =
                Call::write(ApiPath::fixed("auth/token/revoke-accessor"), json!({ "accessor": accessor }));
            return Ok(vec![self.revoke_by(call.repeatable(), "auth/token", now).await?]);
        }
        let mut outcomes = Vec::new();
        for id in self.lease_ids(source)? {
            let place = path_of(&id);
            if self.is_dry_run {
                report::info(format_args!("dry run: the lease of `{place}` would be revoked"));
            } else {
                let vault = self.session.vault().await?;
                self.tell(place, revoke_lease(&vault, &id).await).await?;
            }
            outcomes.push(done("revoked", place, now.clone()));
        }
        Ok(outcomes)
    }

    async fn revoke_by(&self, call: Call, what: &str, now: String) -> Result<Outcome> {
        if self.is_dry_run {
            report::info(format_args!("dry run: `{what}` would be revoked"));
        } else {
            let vault = self.session.vault().await?;
            self.tell(what, vault.send(&call).await.map(|_| ())).await?;
        }
        Ok(done("revoked", what, now))
    }

    async fn tell(&self, what: &str, outcome: Result<(), VaultError>) -> Result<()> {
        match outcome {
            Ok(()) => report::info(format_args!("`{what}` revoked")),
            // It ended by itself, or was revoked by an earlier run: what was wanted.
            Err(error) if error.says("lease not found") => {
                report::info(format_args!("`{what}` had ended already"))
            }
            Err(error) => return Err(self.session.explain(error).await),
        }
        Ok(())
    }

    fn lease_ids(&self, source: &LeaseSource) -> Result<Vec<String>> {
        match (&source.file, &source.lease_id) {
            (Some(file), None) => {
                let text = self.from.read_text(file, LARGEST_FILE)?;
                let filed: LeaseFile = serde_json::from_str(&text)
                    .map_err(|_| Error::new("it is not JSON with `leases`"))
                    .context(|| format!("`{file}` is no lease file"))
                    .hint(|| "a get writes one as `leases.json` beside the credentials".into())?;
                Ok(filed.leases.into_iter().map(|lease| lease.lease_id).collect())
            }
            (None, Some(id)) => Ok(vec![id.trim_matches('/').to_owned()]),
            (Some(_), Some(_)) => Err(Error::new("`file` and `lease_id` exclude each other")),
            (None, None) => Err(Error::new("what to renew or revoke is missing")
                .hint("name a `file` (the `leases.json` of a get) or a `lease_id`")),
        }
    }
}

/// The path that made a lease: its id without the last part, which is nobody's business.
fn path_of(id: &str) -> &str {
    id.rsplit_once('/').map_or("lease", |(path, _)| path)
}

fn done(verb: &'static str, path: &str, value: String) -> Outcome {
    Outcome { what: What::Done { verb, path: path.to_owned(), value: value.clone() }, text: value }
}
