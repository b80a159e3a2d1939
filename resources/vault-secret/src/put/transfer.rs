//! Writing what another secret, or an earlier version, holds.

use kit::{Error, Result};
use serde_json::{Map, Value};

use super::Putter;
use super::outcome::Outcome;
use crate::engines::kv2::{self, Life};
use crate::engines::{Access, Place};
use crate::missing;
use crate::params::{Copy, Rollback, SecretMap, Write};
use crate::secret::register;
use crate::vault::Call;

impl Putter<'_> {
    /// Copies a secret, between mounts and versions of KV too.
    pub(super) async fn copy(&self, copy: &Copy) -> Result<Outcome> {
        let from = self.place(&copy.from).await?;
        let data = self.read(&from, copy.version).await?;
        let to = self.place(&copy.to).await?;
        self.write(&Write { data: SecretMap(data), ..Write::to(copy.to.clone()) }, &to).await
    }

    /// Makes an earlier version's content the newest.
    pub(super) async fn roll_back(&self, rollback: &Rollback) -> Result<Outcome> {
        let place = self.versioned_place(&rollback.path, "go back").await?;
        let data = self.read(&place, Some(rollback.version)).await?;
        self.write(&Write { data: SecretMap(data), ..Write::to(rollback.path.clone()) }, &place).await
    }

    async fn read(&self, place: &Place, version: Option<u64>) -> Result<Map<String, Value>> {
        let vault = self.session.vault().await?;
        let data = match place.access {
            Access::Versioned => {
                let found = match kv2::read(&vault, place, version).await {
                    Ok(found) => found,
                    Err(error) => return Err(missing::explained(self.session, place, error).await),
                };
                if found.life != Life::Live {
                    let what = if found.life == Life::Destroyed { "destroyed" } else { "deleted" };
                    return Err(Error::new(format!(
                        "version {} of `{}` was {what}",
                        found.state.version,
                        place.path()
                    )));
                }
                found.data
            }
            Access::Read => match vault.send(&Call::read(place.path())).await {
                Ok(answer) => answer.data().cloned().unwrap_or_default(),
                Err(error) => return Err(missing::explained(self.session, place, error).await),
            },
            _ => return Err(Error::new(format!("`{}` is no stored secret", place.path()))),
        };
        register(&data);
        Ok(data)
    }
}
