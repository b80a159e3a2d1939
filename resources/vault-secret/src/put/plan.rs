//! What a write would make of what is there.

use kit::{Error, Result};
use serde_json::{Map, Value};

use super::difference::{Difference, merge};
use super::existing::Existing;
use super::{Putter, values};
use crate::engines::Place;
use crate::params::Write;

/// What is there, and what is to be.
pub(super) struct Plan {
    pub(super) existing: Existing,
    /// The keys that the write brings, generated ones too.
    pub(super) change: Map<String, Value>,
    /// All keys afterwards.
    pub(super) after: Map<String, Value>,
    pub(super) difference: Difference,
}

impl Plan {
    /// Tells whether anything changes; where that can't be told, it is assumed.
    pub(super) fn is_change(&self) -> bool {
        !self.difference.is_empty() || !self.existing.is_live || self.existing.is_hidden
    }

    /// Says what changes, by the names of keys.
    pub(super) fn told(&self) -> String {
        if self.existing.is_hidden {
            return "what changes can't be told: it may not be read".to_owned();
        }
        self.difference.to_string()
    }
}

impl Putter<'_> {
    /// Reads what is there and works out what a write makes of it.
    pub(super) async fn plan(
        &self,
        write: &Write,
        place: &Place,
        given: &Map<String, Value>,
    ) -> Result<Plan> {
        let existing = self.existing(place).await?;
        let is_patch = write.patch.get();
        if is_patch && !existing.is_live && !existing.is_hidden {
            return Err(Error::new(format!("`{}` does not exist, or was deleted", place.path()))
                .hint("a patch changes a secret that exists: write it once without `patch`"));
        }
        let mut change = given.clone();
        values::generate(self.session, write, &mut change, &existing.data).await?;
        let mut after = if is_patch { existing.data.clone() } else { Map::new() };
        merge_or_replace(&mut after, &change, is_patch);
        let difference = Difference::between(&existing.data, &after);
        Ok(Plan { existing, change, after, difference })
    }

    /// Tells whether the write is to be sent.
    pub(super) fn is_wanted(&self, write: &Write, plan: &Plan) -> bool {
        plan.is_change() || self.always_write || write.always_write.get()
    }
}

/// A null removes a key in a patch, and is a value like any other in a whole secret.
fn merge_or_replace(after: &mut Map<String, Value>, change: &Map<String, Value>, is_patch: bool) {
    if is_patch {
        merge(after, change);
    } else {
        after.clone_from(change);
    }
}
