//! Which versions there are. Nothing that check sends makes a credential.

mod bucket;
mod certificate;
mod lease;
mod state;
mod versions;

use futures_util::{StreamExt, TryStreamExt, stream};
use kit::{Result, Step};
use time::OffsetDateTime;

use crate::CONCURRENT_REQUESTS;
use crate::digest::Digester;
use crate::engines::{Access, Place};
use crate::selection::{self, Item};
use crate::session::Session;
use crate::source::Source;
use crate::version::{State, Version};

/// Lists versions, oldest first.
///
/// # Errors
/// When Vault does not tell the state of a secret.
pub(crate) async fn check(step: &Step<Source>, since: Option<Version>) -> Result<Vec<Version>> {
    let source = &step.source;
    let items = selection::of_source(source)?;
    if items.is_empty() {
        return Ok(vec![unwatched(source, since)]);
    }
    let login = source.login(None)?;
    let digester = Digester::of(source);
    let session = Session::open(step, source.vault()?, login);
    let places = selection::locate(&session, &items).await?;
    let checker = Checker { session: &session, digester: digester.as_ref() };
    match (items.as_slice(), places.as_slice()) {
        ([item], [place]) if item.said == selection::Said::Single => checker.single(item, place, since).await,
        _ => checker.together(&items, &places, since).await,
    }
}

/// Without a secret there is nothing to watch, but time may be.
fn unwatched(source: &Source, since: Option<Version>) -> Version {
    let Some(period) = source.renew_every else { return Version::constant() };
    let before = since.as_ref().and_then(|since| since.of_single(crate::version::Kind::Bucket));
    Version::single(bucket::state(period.seconds(), OffsetDateTime::now_utc(), before))
}

/// What is needed to tell states.
struct Checker<'a> {
    session: &'a Session,
    /// Needed only for secrets of which Vault keeps no versions.
    digester: Option<&'a Digester>,
}

impl Checker<'_> {
    async fn single(&self, item: &Item, place: &Place, since: Option<Version>) -> Result<Vec<Version>> {
        if item.wanted.lease_id.is_some() && place.access == Access::Mint {
            return Ok(vec![lease::renewed(self.session, item, place).await?]);
        }
        if place.access == Access::Versioned {
            return self.versions(item, place, since).await;
        }
        let state = self.state(item, place, since.as_ref()).await?;
        Ok(state.map(Version::single).into_iter().collect())
    }

    /// Several secrets make one version: the states of all.
    async fn together(
        &self,
        items: &[Item],
        places: &[Place],
        since: Option<Version>,
    ) -> Result<Vec<Version>> {
        let pairs = items.iter().zip(places);
        let states: Vec<(&Item, Option<State>)> = stream::iter(pairs)
            .map(async |(item, place)| {
                Ok::<_, kit::Error>((item, self.state(item, place, since.as_ref()).await?))
            })
            .buffered(CONCURRENT_REQUESTS)
            .try_collect()
            .await?;
        let mut version = Version::default();
        for (item, state) in states {
            if let Some(state) = state {
                version.add(&item.name, state);
            }
        }
        Ok(if version.is_empty() { vec![] } else { vec![version] })
    }
}
