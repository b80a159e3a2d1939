//! Fetching one secret in just the version that is asked for.

use std::time::Duration;

use kit::{Error, Result, report};
use serde_json::Value;
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use crate::digest::{self, Digester};
use crate::engines::kv2::{self, Found, Life};
use crate::engines::{self, Access, Given, Place};
use crate::lease;
use crate::missing;
use crate::params::Take;
use crate::secret::{FetchedSecret, register, shape};
use crate::selection::{Item, Said};
use crate::session::Session;
use crate::vault::VaultError;
use crate::version::{Kind, Version};

/// A version that a put has just made may not have reached the node that is asked now: it is asked for again after
/// these pauses.
const PAUSES_FOR_FRESH: [Duration; 3] =
    [Duration::from_millis(250), Duration::from_millis(500), Duration::from_secs(1)];

/// What is needed to fetch.
pub(super) struct Fetcher<'a> {
    pub(super) session: &'a Session,
    pub(super) digester: Option<Digester>,
    pub(super) version: &'a Version,
}

impl Fetcher<'_> {
    /// Fetches a secret; `None` for an optional one that does not exist.
    pub(super) async fn fetch(&self, item: &Item, place: &Place) -> Result<Option<FetchedSecret>> {
        if item.said == Said::RenewedUnderMount {
            return self.renewed(item, place).await.map(Some);
        }
        match place.access {
            Access::Versioned if item.wanted.wrap.is_none() => self.versioned(item, place).await,
            _ => self.plain(item, place).await,
        }
    }

    async fn versioned(&self, item: &Item, place: &Place) -> Result<Option<FetchedSecret>> {
        let number = self.number(item)?;
        let found = match self.read_fresh(place, number).await {
            Ok(found) => found,
            Err(error) if error.is_not_found() && item.wanted.optional.get() => return Ok(None),
            Err(error) if error.is_not_found() && number.is_some() => {
                return Err(self.no_such_version(item, place, number.unwrap_or_default(), error).await);
            }
            Err(error) => return Err(missing::explained(self.session, place, error).await),
        };
        if found.life != Life::Live {
            if item.wanted.optional.get() && number.is_none() {
                return Ok(None);
            }
            return Err(unreadable(item, place, &found));
        }
        register(&found.data);
        let values = shape(&item.wanted, &item.name, found.data)?;
        Ok(Some(FetchedSecret {
            values,
            version: Some(found.state.version),
            created_time: Some(found.state.created_time),
            custom_metadata: found.state.custom_metadata.unwrap_or_default().into_iter().collect(),
            ..bare(item, place)
        }))
    }

    /// Reads a version, again if it is not there yet.
    async fn read_fresh(&self, place: &Place, number: Option<u64>) -> Result<Found, VaultError> {
        let mut pauses = PAUSES_FOR_FRESH.iter();
        loop {
            // A failed login was told already where the mount was asked for, or is told by the first request.
            let vault = self.session.vault().await.map_err(VaultError::Login)?;
            let outcome = kv2::read(&vault, place, number).await;
            let is_absent = matches!(&outcome, Err(error) if error.is_not_found());
            match pauses.next().filter(|_| is_absent && number.is_some()) {
                Some(pause) => tokio::time::sleep(*pause).await,
                None => return outcome,
            }
        }
    }

    /// The number of the version to read; `None` for the newest.
    fn number(&self, item: &Item) -> Result<Option<u64>> {
        let pinned = item.wanted.version.as_ref().map(|version| version.as_str());
        let Some(text) = pinned.or_else(|| self.asked(item, Kind::Number)) else { return Ok(None) };
        let number = text.trim().parse::<u64>().map_err(|_| {
            Error::new(format!("`{text}` is no version of `{}`", item.name))
                .hint("versions of KV 2 are whole numbers; 0 is the newest")
        })?;
        Ok(Some(number).filter(|number| *number > 0))
    }

    /// What the version says of an item.
    fn asked(&self, item: &Item, kind: Kind) -> Option<&str> {
        let of_single = || if item.said == Said::Single { self.version.of_single(kind) } else { None };
        self.version.of_name(&item.name).or_else(of_single)
    }

    async fn no_such_version(&self, item: &Item, place: &Place, number: u64, error: VaultError) -> Error {
        let Ok(vault) = self.session.vault().await else { return error.explained() };
        let Ok(metadata) = kv2::metadata(&vault, place).await else {
            return missing::explained(self.session, place, error).await;
        };
        let known: Vec<String> = metadata.versions().iter().map(|(number, _)| number.to_string()).collect();
        Error::new(format!("`{}` has no version {number}", item.name))
            .hint(format!("Vault knows the versions {}", known.join(", ")))
    }

    async fn plain(&self, item: &Item, place: &Place) -> Result<Option<FetchedSecret>> {
        let vault = self.session.vault().await?;
        let given = match engines::ask(self.session, &vault, place, &item.wanted).await {
            Ok(given) => given,
            Err(error) if error.is_not_found() && item.wanted.optional.get() => return Ok(None),
            Err(error) => return Err(missing::explained(self.session, place, error).await),
        };
        register(&given.data);
        // A credential within a wrapping token ends with our token; so does a token that ours has made.
        if place.access == Access::Mint && (item.wanted.wrap.is_some() || item.wanted.take == Take::Auth) {
            self.session.hand_out();
        }
        self.verify(item, place, &given)?;
        let expires = self.end(place, &given);
        let values = shape(&item.wanted, &item.name, given.data)?;
        Ok(Some(FetchedSecret { values, lease: given.lease, expires, ..bare(item, place) }))
    }

    /// Refuses content that is not what check saw: a get must not hand out something near.
    fn verify(&self, item: &Item, place: &Place, given: &Given) -> Result<()> {
        let changed = || {
            Error::new(format!(
                "`{}` has changed since check saw it, and Vault keeps no earlier content",
                item.name
            ))
            .hint("let a check find the new version, then run the build again")
        };
        match place.access {
            Access::Read if item.wanted.wrap.is_none() => {
                let Some(asked) = self.asked(item, Kind::Digest).filter(|asked| *asked != "0") else {
                    return Ok(());
                };
                let digester = self.digester.as_ref().ok_or_else(digest::keyless)?;
                let found = digester.digest(place.path().as_str(), &given.data, &item.wanted.watch_keys);
                if found == asked { Ok(()) } else { Err(changed()) }
            }
            Access::Rotated => {
                let Some(asked) = self.asked(item, Kind::Rotated).filter(|asked| *asked != "0") else {
                    return Ok(());
                };
                let found = given.data.get("last_vault_rotation").and_then(Value::as_str);
                if found == Some(asked) { Ok(()) } else { Err(changed()) }
            }
            _ => Ok(()),
        }
    }

    /// When what was given ends, by Vault's clock.
    fn end(&self, place: &Place, given: &Given) -> Option<OffsetDateTime> {
        let now = self.session.vault_without_token().now();
        let after = |seconds: u64| now + Duration::from_secs(seconds);
        if let Some(lease) = &given.lease {
            let token = self.session.token().and_then(|token| token.remaining());
            let lease = Duration::from_secs(lease.duration);
            return Some(now + token.map_or(lease, |token| token.min(lease)));
        }
        match place.access {
            Access::Rotated => given.data.get("ttl").and_then(Value::as_u64).map(after),
            // PKI tells the certificate's end in seconds since 1970.
            Access::Mint => given
                .data
                .get("expiration")
                .and_then(Value::as_i64)
                .and_then(|end| OffsetDateTime::from_unix_timestamp(end).ok()),
            _ => None,
        }
    }

    async fn renewed(&self, item: &Item, place: &Place) -> Result<FetchedSecret> {
        let id = place.path().to_string();
        let renewed = lease::renew(self.session, &id, None).await?;
        let end = renewed.end.format(&Rfc3339)?;
        report::info(format_args!("the lease of `{}` now ends at {end}", item.name));
        let lease = engines::Lease { id, duration: renewed.duration, is_renewable: renewed.is_renewable };
        Ok(FetchedSecret { lease: Some(lease), expires: Some(renewed.end), ..bare(item, place) })
    }
}

fn bare(item: &Item, place: &Place) -> FetchedSecret {
    FetchedSecret {
        name: item.name.clone(),
        said: item.said,
        path: place.path().to_string(),
        prefix: item.wanted.prefix.clone(),
        values: Vec::new(),
        version: None,
        created_time: None,
        custom_metadata: Vec::new(),
        lease: None,
        expires: None,
    }
}

/// The error for a version that is known but can't be read.
fn unreadable(item: &Item, place: &Place, found: &Found) -> Error {
    let (name, version) = (&item.name, found.state.version);
    match found.life {
        Life::Destroyed => Error::new(format!("version {version} of `{name}` was destroyed"))
            .hint("it is gone for good: pin or write another version"),
        Life::Live | Life::Deleted => {
            Error::new(format!("version {version} of `{name}` was deleted")).hint(format!(
                "`vault kv undelete -mount={} -versions={version} {}` brings it back",
                place.mount.path, place.below
            ))
        }
    }
}
