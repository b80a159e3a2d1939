//! KV 2: secrets of which Vault keeps versions.

use std::collections::BTreeMap;

use serde::{Deserialize, Deserializer};
use serde_json::{Map, Value};
use time::OffsetDateTime;
use time::format_description::well_known::Rfc3339;

use super::Place;
use crate::vault::{Call, Vault, VaultError};

/// What Vault keeps beside a secret's versions.
#[derive(Clone, Debug, Default, Deserialize)]
pub(crate) struct Metadata {
    #[serde(default)]
    pub(crate) current_version: u64,
    #[serde(default)]
    pub(crate) custom_metadata: Option<BTreeMap<String, String>>,
    #[serde(default)]
    versions: BTreeMap<String, VersionState>,
}

/// The state of one version.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct VersionState {
    #[serde(default)]
    pub(crate) created_time: String,
    /// May lie in the future: then the version is still there.
    #[serde(default, deserialize_with = "moment")]
    deletion_time: Option<OffsetDateTime>,
    #[serde(default)]
    destroyed: bool,
    /// In the answer to a read.
    #[serde(default)]
    pub(crate) version: u64,
    #[serde(default)]
    pub(crate) custom_metadata: Option<BTreeMap<String, String>>,
}

/// Whether a version can be read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Life {
    Live,
    /// Can be brought back.
    Deleted,
    /// Gone for good.
    Destroyed,
}

/// A version that was asked for.
#[derive(Clone, Debug)]
pub(crate) struct Found {
    pub(crate) state: VersionState,
    pub(crate) life: Life,
    /// Empty unless it lives.
    pub(crate) data: Map<String, Value>,
}

impl VersionState {
    /// Tells whether the version can be read at `now`.
    pub(crate) fn life(&self, now: OffsetDateTime) -> Life {
        match self.deletion_time {
            _ if self.destroyed => Life::Destroyed,
            Some(deletion) if deletion <= now => Life::Deleted,
            _ => Life::Live,
        }
    }
}

impl Metadata {
    /// Returns number and state of all versions that Vault still knows, oldest first.
    pub(crate) fn versions(&self) -> Vec<(u64, &VersionState)> {
        let numbered = self.versions.iter().filter_map(|(number, state)| Some((number.parse().ok()?, state)));
        let mut versions: Vec<(u64, &VersionState)> = numbered.collect();
        versions.sort_by_key(|(number, _)| *number);
        versions
    }
}

/// Asks for a secret's metadata.
pub(crate) async fn metadata(vault: &Vault, place: &Place) -> Result<Metadata, VaultError> {
    let path = place.versioned_path("metadata");
    let answer = vault.send(&Call::read(path.clone())).await?;
    serde_json::from_value(answer.envelope.data)
        .map_err(|_| VaultError::Incomplete { path, missing: "metadata" })
}

/// Reads a version; the newest if none is named.
///
/// # Errors
/// When there is none. A version that was deleted or destroyed is found, without data.
pub(crate) async fn read(vault: &Vault, place: &Place, version: Option<u64>) -> Result<Found, VaultError> {
    let path = place.versioned_path("data");
    let mut call = Call::read(path.clone());
    if let Some(version) = version {
        call = call.query("version", &version.to_string());
    }
    let answer = match vault.send(&call).await {
        // Vault answers 404 for what was deleted as well, but tells about it in the body.
        Err(VaultError::NotFound { answer, .. })
            if answer.data().is_some_and(|data| data.contains_key("metadata")) =>
        {
            *answer
        }
        other => other?,
    };
    let mut body = match answer.envelope.data {
        Value::Object(body) => body,
        _ => return Err(VaultError::Incomplete { path, missing: "data" }),
    };
    let state = body.remove("metadata").and_then(|metadata| serde_json::from_value(metadata).ok());
    let state: VersionState = state.ok_or(VaultError::Incomplete { path, missing: "metadata" })?;
    let life = state.life(vault.now());
    Ok(match body.remove("data") {
        Some(Value::Object(data)) => Found { state, life: Life::Live, data },
        // Without data it does not live, whatever the clocks say.
        _ => Found { state, life: if life == Life::Live { Life::Deleted } else { life }, data: Map::new() },
    })
}

/// Vault writes "" for a time that never was.
fn moment<'de, D: Deserializer<'de>>(deserializer: D) -> Result<Option<OffsetDateTime>, D::Error> {
    let text = Option::<String>::deserialize(deserializer)?.unwrap_or_default();
    Ok(OffsetDateTime::parse(&text, &Rfc3339).ok())
}

#[cfg(test)]
mod tests {
    use serde_json::json;
    use time::macros::datetime;

    use super::*;

    #[test]
    fn a_version_lives_until_its_deletion_time() {
        let now = datetime!(2026-01-01 00:00 UTC);
        let cases = [
            (json!({"deletion_time": "", "destroyed": false}), Life::Live),
            (json!({"deletion_time": "2026-02-01T00:00:00.5Z", "destroyed": false}), Life::Live),
            (json!({"deletion_time": "2025-12-31T23:59:59Z", "destroyed": false}), Life::Deleted),
            (json!({"deletion_time": "", "destroyed": true}), Life::Destroyed),
        ];
        for (state, expected) in cases {
            let read: VersionState = serde_json::from_value(state.clone()).unwrap();
            assert_eq!(read.life(now), expected, "{state}");
        }
    }

    #[test]
    fn versions_are_numbers_and_not_texts() {
        let metadata: Metadata =
            serde_json::from_value(json!({"versions": {"10": {}, "9": {}, "2": {}}})).unwrap();
        let numbers: Vec<u64> = metadata.versions().into_iter().map(|(number, _)| number).collect();
        assert_eq!(numbers, [2, 9, 10]);
    }
}
