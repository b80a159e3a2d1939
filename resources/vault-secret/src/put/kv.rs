//! Writing a secret, if that changes anything.

use kit::{Error, Result, report};
use serde_json::{Map, Value, json};

use super::difference::{Difference, merge};
use super::existing::Existing;
use super::outcome::{Outcome, What};
use super::{Putter, values};
use crate::engines::{Access, Place};
use crate::params::Write;
use crate::vault::{Call, VaultError};
use crate::version::{Kind, State};

/// How often a write starts over because somebody else wrote meanwhile.
const MOST_TRIES: u32 = 5;

impl Putter<'_> {
    /// Writes to KV 2: by check-and-set against what was read, so that no other's write is lost.
    pub(super) async fn write_versioned(&self, write: &Write, place: &Place) -> Result<Outcome> {
        self.check_owner(write, place).await?;
        let given = values::given(write, self.from)?;
        let mut tries = 0;
        let (version, text) = loop {
            tries += 1;
            match self.try_write(write, place, &given).await? {
                Tried::Done { version, text } => break (version, text),
                Tried::Overtaken if tries < MOST_TRIES => {
                    report::info(format_args!(
                        "`{}` was written by somebody else meanwhile: starting over",
                        place.path()
                    ));
                }
                Tried::Overtaken => {
                    return Err(Error::new(format!("`{}` is written by others all the time", place.path()))
                        .hint("let one job write it, or set `serial: true`"));
                }
            }
        };
        self.write_metadata(write, place).await?;
        let state = State::new(Kind::Number, version.to_string());
        Ok(self.written(write, place, state, text))
    }

    async fn try_write(&self, write: &Write, place: &Place, given: &Map<String, Value>) -> Result<Tried> {
        let existing = self.existing(place).await?;
        if write.patch.get() && !existing.is_live && !existing.is_hidden {
            let hint = "a patch changes a secret that exists: write it once without `patch`";
            return Err(Error::new(format!("`{}` does not exist, or was deleted", place.path())).hint(hint));
        }
        let mut change = given.clone();
        values::generate(self.session, write, &mut change, &existing.data).await?;
        let mut after = if write.patch.get() { existing.data.clone() } else { Map::new() };
        if write.patch.get() {
            merge(&mut after, &change);
        } else {
            after.clone_from(&change);
        }
        let difference = Difference::between(&existing.data, &after);
        let is_change = !difference.is_empty() || !existing.is_live || existing.is_hidden;
        if let Some(cas) =
            write.cas.filter(|cas| *cas != existing.version && !existing.is_hidden && is_change)
        {
            return Err(stale(place, cas, existing.version));
        }
        if !is_change && !self.always_write && !write.always_write.get() {
            report::info(format_args!("`{}` is as it should be: version {}", place.path(), existing.version));
            return Ok(Tried::Done {
                version: existing.version,
                text: format!("unchanged, version {}", existing.version),
            });
        }
        if self.is_dry_run {
            return Ok(self.would_write(place, &existing, &difference));
        }
        let cas = write.cas.or_else(|| (!existing.is_hidden).then_some(existing.version));
        let sent = if write.patch.get() {
            self.patch(place, &change, &after, existing.is_hidden, cas).await
        } else {
            self.post(place, &after, cas).await
        };
        match sent {
            Ok(version) => {
                report::info(format_args!("`{}` written: version {version} ({difference})", place.path()));
                Ok(Tried::Done { version, text: format!("version {version}: {difference}") })
            }
            Err(error) if error.says("check-and-set parameter") && write.cas.is_none() => {
                Ok(Tried::Overtaken)
            }
            Err(error) if error.says("check-and-set parameter") => {
                Err(stale(place, write.cas.unwrap_or_default(), existing.version))
            }
            Err(error) => Err(self.session.explain(error).await),
        }
    }

    fn would_write(&self, place: &Place, existing: &Existing, difference: &Difference) -> Tried {
        let what = if existing.is_hidden {
            "what changes can't be told: it may not be read".to_owned()
        } else {
            difference.to_string()
        };
        report::info(format_args!("dry run: `{}` would be written: {what}", place.path()));
        Tried::Done { version: existing.version, text: format!("dry run: {what}") }
    }

    async fn post(
        &self,
        place: &Place,
        data: &Map<String, Value>,
        cas: Option<u64>,
    ) -> Result<u64, VaultError> {
        let body = body(data, cas);
        let call = Call::write(place.versioned_path("data"), body);
        // Sent twice, the second finds the first's version and is refused, which is then seen as done.
        self.send_versioned(place, if cas.is_some() { call.repeatable() } else { call }).await
    }

    /// Patches in Vault; without the right to patch, writes what the patch gives.
    async fn patch(
        &self,
        place: &Place,
        change: &Map<String, Value>,
        after: &Map<String, Value>,
        is_hidden: bool,
        cas: Option<u64>,
    ) -> Result<u64, VaultError> {
        let call = Call::patch(place.versioned_path("data"), body(change, cas));
        let call = if cas.is_some() { call.repeatable() } else { call };
        match self.send_versioned(place, call).await {
            Err(error) if !is_hidden && (error.is_denied() || error.is_unsupported()) => {
                report::debug("the token may not patch: the whole secret is written instead");
                self.post(place, after, cas).await
            }
            other => other,
        }
    }

    async fn send_versioned(&self, place: &Place, call: Call) -> Result<u64, VaultError> {
        let vault = self.session.vault().await.map_err(VaultError::Login)?;
        let answer = vault.send(&call).await?;
        let version = answer.envelope.data.get("version").and_then(Value::as_u64);
        version.ok_or_else(|| VaultError::Incomplete { path: place.path(), missing: "version" })
    }

    /// Writes to KV 1, or to any path that takes a write.
    pub(super) async fn write_plain(&self, write: &Write, place: &Place) -> Result<Outcome> {
        self.refuse_versioned_keys(write, place)?;
        let mut after = values::given(write, self.from)?;
        let existing = self.existing(place).await?;
        values::generate(self.session, write, &mut after, &existing.data).await?;
        if write.patch.get() {
            let mut merged = existing.data.clone();
            merge(&mut merged, &after);
            after = merged;
        }
        let state = self.plain_state(place, &after);
        let difference = Difference::between(&existing.data, &after);
        let is_change = !difference.is_empty() || !existing.is_live || existing.is_hidden;
        let text = match () {
            () if !is_change && !self.always_write && !write.always_write.get() => "unchanged".to_owned(),
            () if self.is_dry_run => match self.would_write(place, &existing, &difference) {
                Tried::Done { text, .. } => text,
                Tried::Overtaken => String::new(),
            },
            () => {
                let vault = self.session.vault().await?;
                let call = Call::write(place.path(), Value::Object(after));
                if let Err(error) = vault.send(&call).await {
                    return Err(self.session.explain(error).await);
                }
                report::info(format_args!("`{}` written ({difference})", place.path()));
                difference.to_string()
            }
        };
        Ok(self.written(write, place, state, text))
    }

    /// The state that check will find, where it can be told.
    fn plain_state(&self, place: &Place, data: &Map<String, Value>) -> State {
        match &self.digester {
            Some(digester) if place.access == Access::Read => {
                State::new(Kind::Digest, digester.digest(place.path().as_str(), data, &[]))
            }
            _ => State::new(Kind::Number, "0"),
        }
    }

    fn refuse_versioned_keys(&self, write: &Write, place: &Place) -> Result<()> {
        let is_versioned = write.cas.is_some()
            || write.owner.is_some()
            || !write.custom_metadata.is_empty()
            || write.max_versions.is_some()
            || write.delete_version_after.is_some()
            || write.cas_required.is_some();
        if !is_versioned {
            return Ok(());
        }
        Err(Error::new(format!("`{}` is not in KV 2, which alone has check-and-set and metadata", place.path()))
            .hint("leave out `cas`, `owner`, `custom_metadata`, `max_versions`, `delete_version_after` and `cas_required`"))
    }

    fn written(&self, write: &Write, place: &Place, state: State, text: String) -> Outcome {
        let name = super::as_item(write).name;
        Outcome { what: What::Written { name, path: place.path().to_string(), state }, text }
    }
}

/// How a try to write went.
enum Tried {
    Done {
        version: u64,
        text: String,
    },
    /// Somebody else wrote between our read and our write.
    Overtaken,
}

fn body(data: &Map<String, Value>, cas: Option<u64>) -> Value {
    match cas {
        Some(cas) => json!({ "data": data, "options": { "cas": cas } }),
        None => json!({ "data": data }),
    }
}

fn stale(place: &Place, wanted: u64, found: u64) -> Error {
    let expected = if wanted == 0 { "not to exist".to_owned() } else { format!("to be at version {wanted}") };
    Error::new(format!("`{}` is at version {found}, and `cas` asks it {expected}", place.path()))
        .hint("somebody else has written it: look at what it holds now")
}
