//! The state of one secret.

use kit::{Error, Result};
use serde_json::Value;

use super::{Checker, bucket, certificate};
use crate::digest;
use crate::engines::{self, Access, Place};
use crate::selection::Item;
use crate::version::{Kind, State, Version};

impl Checker<'_> {
    /// Returns the state of a secret; `None` for an optional one that does not exist.
    pub(super) async fn state(
        &self,
        item: &Item,
        place: &Place,
        since: Option<&Version>,
    ) -> Result<Option<State>> {
        match place.access {
            Access::Versioned => self.newest(item, place).await,
            Access::Read => self.digest(item, place).await,
            Access::Rotated => self.rotation(item, place).await,
            // What is computed depends on the payload alone; if it is to be done again, `renew_every` says so.
            Access::Compute if item.wanted.renew_every.is_none() => Ok(Some(State::new(Kind::Number, "0"))),
            Access::Compute | Access::Mint => {
                let period = bucket::period(self.session, place, &item.wanted).await?;
                let before = since
                    .and_then(|since| since.of_single(Kind::Bucket).or_else(|| since.of_name(&item.name)));
                let now = self.session.vault_without_token().now();
                Ok(Some(bucket::state(period, now, before)))
            }
        }
    }

    async fn digest(&self, item: &Item, place: &Place) -> Result<Option<State>> {
        let digester = self.digester.ok_or_else(digest::keyless)?;
        let Some(given) = self.read(item, place).await? else { return Ok(None) };
        let digest = digester.digest(place.path().as_str(), &given.data, &item.wanted.watch_keys);
        let now = self.session.vault_without_token().now();
        let due = certificate::due(&item.wanted, &item.name, &given.data, now)?;
        Ok(Some(State { due, ..State::new(Kind::Digest, digest) }))
    }

    async fn rotation(&self, item: &Item, place: &Place) -> Result<Option<State>> {
        let Some(given) = self.read(item, place).await? else { return Ok(None) };
        let rotated = given.data.get("last_vault_rotation").and_then(Value::as_str);
        let rotated = rotated.ok_or_else(|| {
            Error::new(format!("Vault does not say when `{}` was last rotated", place.path()))
        })?;
        Ok(Some(State::new(Kind::Rotated, rotated)))
    }

    async fn read(&self, item: &Item, place: &Place) -> Result<Option<engines::Given>> {
        let vault = self.session.vault().await?;
        match engines::ask(self.session, &vault, place, &item.wanted).await {
            Ok(given) => Ok(Some(given)),
            Err(error) if error.is_not_found() && item.wanted.optional.get() => Ok(None),
            Err(error) => Err(crate::missing::explained(self.session, place, error).await),
        }
    }
}
