//! Changing what Vault holds.

mod custom_metadata;
mod difference;
mod existing;
mod issue;
mod kv;
mod leases;
mod outcome;
mod plan;
mod rotate;
mod transfer;
mod values;
mod versions;

use kit::{Error, Flag, Inputs, Pushed, Result, Step};

use self::outcome::{Outcome, Outcomes};
use crate::digest::Digester;
use crate::engines::{Access, Place};
use crate::params::{PutParams, Wanted, Write};
use crate::selection::{self, Item};
use crate::session::Session;
use crate::source::Source;
use crate::vault::{ApiPath, Mounts};
use crate::version::Version;

/// Does what the params ask, in the order of [`crate::params::PutOptions`].
///
/// # Errors
/// When a part could not be done. What was done before it stands; a second run finds it done.
pub(crate) async fn put(step: &Step<Source>, params: PutParams, from: &Inputs) -> Result<Pushed<Version>> {
    let source = &step.source;
    let login = source.login(params.options.auth.as_ref())?;
    let session = Session::open(step, source.vault()?, login);
    let putter = Putter {
        session: &session,
        digester: Digester::of(source),
        from,
        build: &step.build,
        watched: selection::of_source(source)?,
        is_dry_run: params.options.dry_run.get(),
        always_write: params.options.always_write.get(),
    };
    let outcomes = putter.run(&params).await?;
    if outcomes.is_empty() {
        return Err(Error::new("the params of the put ask for nothing").hint(
            "name secrets to `write`, or leases to `revoke`; the documentation lists what a put can do",
        ));
    }
    let version = outcomes.version(&putter.watched);
    Ok(Pushed { version, metadata: outcomes.metadata() })
}

/// What is needed to change things.
struct Putter<'a> {
    session: &'a Session,
    digester: Option<Digester>,
    from: &'a Inputs,
    build: &'a kit::build::BuildMetadata,
    /// What source watches.
    watched: Vec<Item>,
    is_dry_run: bool,
    always_write: bool,
}

impl Putter<'_> {
    async fn run(&self, params: &PutParams) -> Result<Outcomes> {
        let options = &params.options;
        let mut outcomes = Outcomes::default();
        let writes: Vec<Write> = under_mounts(params).chain(options.write.iter().cloned()).collect();
        for (write, place) in writes.iter().zip(self.places(&writes).await?) {
            outcomes.push(self.write(write, &place).await?);
        }
        for copy in &options.copy {
            outcomes.push(self.copy(copy).await?);
        }
        for rollback in &options.rollback {
            outcomes.push(self.roll_back(rollback).await?);
        }
        for issue in &options.issue {
            outcomes.push(self.issue(issue).await?);
        }
        for path in &options.rotate {
            outcomes.push(self.rotate(path).await?);
        }
        for (change, list) in versions::in_order(options) {
            for versions in list {
                outcomes.push(self.change_versions(change, versions).await?);
            }
        }
        for lease in &options.renew {
            outcomes.extend(self.renew(lease).await?);
        }
        for lease in &options.revoke {
            outcomes.extend(self.revoke(lease).await?);
        }
        Ok(outcomes)
    }

    /// Writes one secret into whatever holds it.
    async fn write(&self, write: &Write, place: &Place) -> Result<Outcome> {
        match place.access {
            Access::Versioned => self.write_versioned(write, place).await,
            _ => self.write_plain(write, place).await,
        }
    }

    /// Finds where the writes go.
    async fn places(&self, writes: &[Write]) -> Result<Vec<Place>> {
        let items: Vec<Item> = writes.iter().map(as_item).collect();
        selection::locate(self.session, &items).await
    }

    /// Finds what is at a whole path.
    async fn place(&self, path: &ApiPath) -> Result<Place> {
        let mounts: Mounts = selection::mounts(self.session, std::slice::from_ref(path)).await?;
        crate::engines::locate(&Wanted::at(path.clone()), &mounts)
    }

    /// Finds a secret of which Vault keeps versions.
    async fn versioned_place(&self, path: &ApiPath, what: &str) -> Result<Place> {
        let place = self.place(path).await?;
        if place.access == Access::Versioned {
            return Ok(place);
        }
        Err(Error::new(format!("`{path}` is not in KV 2, and only KV 2 can {what}")))
    }
}

/// The writes that are said under their mounts, as mschuchard's and mitodl's resources ask.
fn under_mounts(params: &PutParams) -> impl Iterator<Item = Write> + '_ {
    params.mounts.iter().flat_map(|(mount, writes)| {
        writes.secrets.iter().map(move |(path, data)| Write {
            mount: Some(mount.clone()),
            engine: Some(writes.engine),
            name: Some(format!("{mount}-{path}")),
            data: data.clone(),
            // KV 1 knows no patch, and those resources ignore it there.
            patch: Flag(writes.patch.get() && writes.engine == crate::engines::Engine::Kv2),
            ..Write::to(path.clone())
        })
    })
}

fn as_item(write: &Write) -> Item {
    let wanted = Wanted {
        mount: write.mount.clone(),
        engine: write.engine,
        name: write.name.clone(),
        ..Wanted::at(write.path.clone())
    };
    Item { name: wanted.name(), wanted, said: selection::Said::Listed }
}
