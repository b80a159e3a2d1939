//! The versions of a secret in KV 2.

use kit::{Result, report};

use super::{Checker, certificate};
use crate::engines::Place;
use crate::engines::kv2::{self, Life};
use crate::missing;
use crate::selection::Item;
use crate::vault::VaultError;
use crate::version::{Kind, State, Version};

impl Checker<'_> {
    /// Lists the versions of the one secret.
    pub(super) async fn versions(
        &self,
        item: &Item,
        place: &Place,
        since: Option<Version>,
    ) -> Result<Vec<Version>> {
        let since = since.as_ref().and_then(|since| since.of_single(Kind::Number)?.parse().ok());
        let live = self.live_versions(item, place).await?;
        let offered = from_cursor(&live, since);
        let mut versions: Vec<Version> = offered.iter().map(|number| number_version(*number, None)).collect();
        if let Some(newest) = offered.last()
            && let Some(due) = self.due(item, place, *newest).await?
        {
            versions.push(number_version(*newest, Some(due)));
        }
        Ok(versions)
    }

    /// Returns the newest version of one of several secrets.
    pub(super) async fn newest(&self, item: &Item, place: &Place) -> Result<Option<State>> {
        let Some(newest) = self.live_versions(item, place).await?.pop() else { return Ok(None) };
        let due = self.due(item, place, newest).await?;
        Ok(Some(State { due, ..State::new(Kind::Number, newest.to_string()) }))
    }

    /// Returns the numbers of the versions that can be read, oldest first.
    async fn live_versions(&self, item: &Item, place: &Place) -> Result<Vec<u64>> {
        let vault = self.session.vault().await?;
        match kv2::metadata(&vault, place).await {
            Ok(metadata) => {
                let now = vault.now();
                let states: Vec<(u64, Life)> = metadata
                    .versions()
                    .into_iter()
                    .map(|(number, state)| (number, state.life(now)))
                    .collect();
                tell_unreadable(&item.name, &states);
                Ok(states
                    .into_iter()
                    .filter(|(_, life)| *life == Life::Live)
                    .map(|(number, _)| number)
                    .collect())
            }
            // Many policies grant the data alone.
            Err(VaultError::Denied { .. }) => self.newest_by_reading(item, place).await,
            Err(error) if error.is_not_found() => self.absent(item, place, error).await,
            Err(error) => Err(self.session.explain(error).await),
        }
    }

    async fn newest_by_reading(&self, item: &Item, place: &Place) -> Result<Vec<u64>> {
        report::debug(format_args!(
            "the metadata of `{}` may not be read: the newest version is read instead",
            item.name
        ));
        let vault = self.session.vault().await?;
        match kv2::read(&vault, place, None).await {
            Ok(found) if found.life == Life::Live => Ok(vec![found.state.version]),
            Ok(found) => {
                tell_unreadable(&item.name, &[(found.state.version, found.life)]);
                Ok(vec![])
            }
            Err(error) if error.is_not_found() => self.absent(item, place, error).await,
            Err(error) => Err(self.session.explain(error).await),
        }
    }

    /// A secret that does not exist: no versions if that may be, else an error.
    async fn absent(&self, item: &Item, place: &Place, error: VaultError) -> Result<Vec<u64>> {
        if item.wanted.optional.get() {
            report::debug(format_args!("`{}` does not exist", item.name));
            return Ok(vec![]);
        }
        Err(missing::explained(self.session, place, error).await)
    }

    async fn due(&self, item: &Item, place: &Place, version: u64) -> Result<Option<String>> {
        if item.wanted.renew_before.is_none() {
            return Ok(None);
        }
        let vault = self.session.vault().await?;
        let found = match kv2::read(&vault, place, Some(version)).await {
            Ok(found) => found,
            Err(error) => return Err(self.session.explain(error).await),
        };
        certificate::due(&item.wanted, &item.name, &found.data, vault.now())
    }
}

fn number_version(number: u64, due: Option<String>) -> Version {
    Version::single(State { due, ..State::new(Kind::Number, number.to_string()) })
}

/// The given version if it is still there, and the newer ones; on a first check the newest alone.
fn from_cursor(live: &[u64], since: Option<u64>) -> Vec<u64> {
    match since.filter(|since| live.contains(since)) {
        Some(since) => live.iter().copied().filter(|number| *number >= since).collect(),
        None => live.last().copied().into_iter().collect(),
    }
}

/// Says which versions are not offered, and whether they can come back.
fn tell_unreadable(name: &str, states: &[(u64, Life)]) {
    let numbers = |wanted: Life| {
        let numbers: Vec<String> =
            states.iter().filter(|(_, life)| *life == wanted).map(|(number, _)| number.to_string()).collect();
        numbers.join(", ")
    };
    for (life, what) in [(Life::Deleted, "deleted, and can be brought back"), (Life::Destroyed, "destroyed")]
    {
        let numbers = numbers(life);
        if !numbers.is_empty() {
            report::info(format_args!("`{name}`: version {numbers} {what}"));
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn history_is_cut_at_the_cursor() {
        type Case = (&'static str, &'static [u64], Option<u64>, &'static [u64]);
        let cases: [Case; 6] = [
            ("first check: the newest", &[4, 5, 6], None, &[6]),
            ("the given one and newer", &[4, 5, 6], Some(5), &[5, 6]),
            ("the given one is the newest", &[4, 5, 6], Some(6), &[6]),
            ("the given one was deleted", &[4, 6], Some(5), &[6]),
            ("0 of an earlier resource", &[4, 5], Some(0), &[5]),
            ("nothing lives", &[], Some(5), &[]),
        ];
        for (case, live, since, expected) in cases {
            assert_eq!(from_cursor(live, since), expected, "{case}");
        }
    }
}
