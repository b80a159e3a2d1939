//! Writing a secret, if that changes anything.

use kit::{Error, Result, report};
use serde_json::{Map, Value, json};

use super::outcome::{Outcome, What, is_at};
use super::plan::Plan;
use super::{Putter, values};
use crate::engines::{Access, Place};
use crate::params::Write;
use crate::vault::{Call, VaultError};
use crate::version::{Kind, State};

/// How often a write starts over because somebody else wrote meanwhile.
const MOST_TRIES: u32 = 5;

/// How a try to write went.
enum Tried {
    Done {
        version: u64,
        text: String,
    },
    /// Somebody else wrote between our read and our write.
    Overtaken,
}

impl Putter<'_> {
    /// Writes to KV 2: by check-and-set against what was read, so that no other's write is lost.
    pub(super) async fn write_versioned(&self, write: &Write, place: &Place) -> Result<Outcome> {
        self.check_owner(write, place).await?;
        let given = values::given(write, self.from)?;
        for _ in 0..MOST_TRIES {
            if let Tried::Done { version, text } = self.try_write(write, place, &given).await? {
                self.write_metadata(write, place).await?;
                let state = State::new(Kind::Number, version.to_string());
                return Ok(written(write, place, state, text));
            }
            report::info(format_args!(
                "`{}` was written by somebody else meanwhile: starting over",
                place.path()
            ));
        }
        Err(Error::new(format!("`{}` is written by others all the time", place.path()))
            .hint("let one job write it, or set `serial: true`"))
    }

    async fn try_write(&self, write: &Write, place: &Place, given: &Map<String, Value>) -> Result<Tried> {
        let plan = self.plan(write, place, given).await?;
        let version = plan.existing.version;
        let is_known = !plan.existing.is_hidden;
        if let Some(cas) = write.cas.filter(|cas| is_known && *cas != version && plan.is_change()) {
            return Err(stale(place, cas, version));
        }
        if !self.is_wanted(write, &plan) {
            report::info(format_args!("`{}` is as it should be: version {version}", place.path()));
            return Ok(Tried::Done { version, text: format!("unchanged, version {version}") });
        }
        if self.is_dry_run {
            return Ok(Tried::Done { version, text: would_write(place, &plan) });
        }
        let cas = write.cas.or(is_known.then_some(version));
        match self.send(write, place, &plan, cas).await {
            Ok(version) => {
                report::info(format_args!("`{}` written: version {version} ({})", place.path(), plan.told()));
                Ok(Tried::Done { version, text: format!("version {version}: {}", plan.told()) })
            }
            Err(error) if error.says("check-and-set parameter") => match write.cas {
                None => Ok(Tried::Overtaken),
                Some(cas) => Err(stale(place, cas, version)),
            },
            Err(error) => Err(self.session.explain(error).await),
        }
    }

    /// Patches in Vault, or writes the whole; without the right to patch, writes what the patch gives.
    async fn send(
        &self,
        write: &Write,
        place: &Place,
        plan: &Plan,
        cas: Option<u64>,
    ) -> Result<u64, VaultError> {
        let data = place.versioned_path("data");
        let post = || self.send_versioned(place, Call::write(data.clone(), body(&plan.after, cas)), cas);
        if !write.patch.get() {
            return post().await;
        }
        let patch = Call::patch(data.clone(), body(&plan.change, cas));
        match self.send_versioned(place, patch, cas).await {
            Err(error) if !plan.existing.is_hidden && (error.is_denied() || error.is_unsupported()) => {
                report::debug("the token may not patch: the whole secret is written instead");
                post().await
            }
            other => other,
        }
    }

    async fn send_versioned(&self, place: &Place, call: Call, cas: Option<u64>) -> Result<u64, VaultError> {
        let vault = self.session.vault().await.map_err(VaultError::Login)?;
        // With a check, a second one finds the first's version and is refused, which is then seen as done.
        let call = if cas.is_some() { call.repeatable() } else { call };
        let answer = vault.send(&call).await?;
        let version = answer.envelope.data.get("version").and_then(Value::as_u64);
        version.ok_or_else(|| VaultError::Incomplete { path: place.path(), missing: "version" })
    }

    /// Writes to KV 1, or to any path that takes a write.
    pub(super) async fn write_plain(&self, write: &Write, place: &Place) -> Result<Outcome> {
        refuse_versioned_keys(write, place)?;
        let given = values::given(write, self.from)?;
        let plan = self.plan(write, place, &given).await?;
        let state = self.plain_state(place, &plan.after);
        let text = if !self.is_wanted(write, &plan) {
            "unchanged".to_owned()
        } else if self.is_dry_run {
            would_write(place, &plan)
        } else {
            let vault = self.session.vault().await?;
            let told = plan.told();
            if let Err(error) = vault.send(&Call::write(place.path(), Value::Object(plan.after))).await {
                return Err(self.session.explain(error).await);
            }
            report::info(format_args!("`{}` written ({told})", place.path()));
            told
        };
        Ok(written(write, place, state, text))
    }

    /// The state that check will find, where it can be told.
    fn plain_state(&self, place: &Place, data: &Map<String, Value>) -> State {
        let path = place.path();
        match &self.digester {
            Some(digester) if place.access == Access::Read => {
                let watched = self.watched.iter().find(|item| is_at(&item.wanted, path.as_str()));
                let keys = watched.map(|item| item.wanted.watch_keys.as_slice()).unwrap_or_default();
                State::new(Kind::Digest, digester.digest(path.as_str(), data, keys))
            }
            _ => State::new(Kind::Number, "0"),
        }
    }
}

fn would_write(place: &Place, plan: &Plan) -> String {
    report::info(format_args!("dry run: `{}` would be written: {}", place.path(), plan.told()));
    format!("dry run: {}", plan.told())
}

fn written(write: &Write, place: &Place, state: State, text: String) -> Outcome {
    let name = super::as_item(write).name;
    Outcome { what: What::Written { name, path: place.path().to_string(), state }, text }
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

fn refuse_versioned_keys(write: &Write, place: &Place) -> Result<()> {
    let is_versioned = write.cas.is_some()
        || write.owner.is_some()
        || !write.custom_metadata.is_empty()
        || write.max_versions.is_some()
        || write.delete_version_after.is_some()
        || write.cas_required.is_some();
    if !is_versioned {
        return Ok(());
    }
    Err(Error::new(format!("`{}` is not in KV 2, which alone has check-and-set and metadata", place.path())).hint(
        "leave out `cas`, `owner`, `custom_metadata`, `max_versions`, `delete_version_after` and `cas_required`",
    ))
}
