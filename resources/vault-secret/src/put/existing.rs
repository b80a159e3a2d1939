//! What is at the place of a write before it.

use kit::Result;
use serde_json::{Map, Value};

use super::Putter;
use crate::engines::kv2;
use crate::engines::{Access, Place};
use crate::vault::{Call, VaultError};

/// What is there.
#[derive(Clone, Debug, Default)]
pub(super) struct Existing {
    /// Empty where nothing is, or nothing that can be read.
    pub(super) data: Map<String, Value>,
    /// KV 2: the number of the newest version, deleted or not; 0 where there is none.
    pub(super) version: u64,
    /// Whether the newest version can be read, so that there is something to patch.
    pub(super) is_live: bool,
    /// Whether the token may not read: then it can't be told what would change.
    pub(super) is_hidden: bool,
}

impl Putter<'_> {
    /// Reads what is at a place. A token that may write alone finds it hidden.
    pub(super) async fn existing(&self, place: &Place) -> Result<Existing> {
        let vault = self.session.vault().await?;
        let outcome = match place.access {
            Access::Versioned => kv2::read(&vault, place, None).await.map(|found| Existing {
                is_live: found.life == kv2::Life::Live,
                version: found.state.version,
                data: found.data,
                is_hidden: false,
            }),
            Access::Read => vault.send(&Call::read(place.path())).await.map(|answer| Existing {
                data: answer.data().cloned().unwrap_or_default(),
                version: 0,
                is_live: true,
                is_hidden: false,
            }),
            // A read could make something.
            _ => Ok(Existing { is_hidden: true, ..Existing::default() }),
        };
        match outcome {
            Ok(existing) => {
                crate::secret::register(&existing.data);
                Ok(existing)
            }
            Err(VaultError::Denied { .. }) => Ok(Existing { is_hidden: true, ..Existing::default() }),
            Err(error) if error.is_not_found() => Ok(Existing::default()),
            Err(error) => Err(self.session.explain(error).await),
        }
    }
}
