//! From all revisions to the versions of one check.

use crate::release::{Entry, Status, newest_per_release};
use crate::source::Only;
use crate::version::Version;

/// What makes a version.
pub(super) struct Selection {
    pub(super) only: Only,
    pub(super) with_namespace: bool,
    /// What the newest revision's version says of drift.
    pub(super) drift: Option<String>,
}

/// Returns the versions of a check, oldest first.
///
/// Without a version to start from, or when that one is gone: each release's newest. Else that one as it was given,
/// then what is newer: the later revisions of its release, the newest of every other release that changed since, and
/// its own revision again if it came to another state. That a revision is superseded is no other state.
pub(super) fn select(entries: &[Entry], since: Option<Version>, selection: &Selection) -> Vec<Version> {
    let wanted: Vec<Entry> = entries
        .iter()
        .filter(|entry| selection.only == Only::All || entry.status.when_newest() == Status::Deployed)
        .cloned()
        .collect();
    let newest = newest_per_release(&wanted);
    let start = since.and_then(|version| Some((find(&wanted, &version)?, version)));
    let (mut chosen, given) = match start {
        None => (newest.clone(), None),
        Some((start, given)) => (later(&wanted, &newest, start), Some(given)),
    };
    chosen.sort_by_key(|entry| entry.time());
    let versions = chosen.into_iter().map(|entry| {
        let mut version = Version::of(entry, selection.with_namespace);
        version.drift = selection.drift.clone().filter(|_| newest.contains(&entry));
        version
    });
    let mut result: Vec<Version> = given.clone().into_iter().collect();
    result.extend(versions.filter(|version| Some(version) != given.as_ref()));
    result
}

fn find<'a>(entries: &'a [Entry], version: &Version) -> Option<&'a Entry> {
    let revision = version.revision().ok()?;
    entries.iter().find(|entry| {
        let same_place = version.namespace.as_ref().is_none_or(|namespace| *namespace == entry.namespace);
        entry.release == version.release && entry.revision == revision && same_place
    })
}

/// Returns what may be newer than `start`, itself included: its state or drift may be another by now.
fn later<'a>(wanted: &'a [Entry], newest: &[&'a Entry], start: &'a Entry) -> Vec<&'a Entry> {
    let own = |entry: &Entry| entry.release == start.release && entry.namespace == start.namespace;
    let revisions = wanted.iter().filter(|entry| own(entry) && entry.revision >= start.revision);
    // Times are whole seconds: what changed in the same one is reported again rather than missed.
    let others = newest.iter().copied().filter(|entry| !own(entry) && entry.time() >= start.created);
    revisions.chain(others).collect()
}

#[cfg(test)]
mod tests {
    use std::collections::BTreeMap;

    use super::*;

    fn entry(release: &str, revision: u64, status: Status, time: i64) -> Entry {
        Entry {
            namespace: "shop".into(),
            release: release.into(),
            revision,
            status,
            created: time,
            modified: time,
            labels: BTreeMap::new(),
        }
    }

    fn given(revision: u64, status: Option<&str>) -> Version {
        Version {
            release: "web".into(),
            revision: Some(revision.to_string()),
            status: status.map(str::to_owned),
            ..Version::default()
        }
    }

    fn shown(versions: &[Version]) -> Vec<String> {
        let text = |version: &Version| {
            let part = |part: &Option<String>| part.clone().unwrap_or_else(|| "-".into());
            format!("{} {} {}", version.release, part(&version.revision), part(&version.status))
        };
        versions.iter().map(text).collect()
    }

    const ALL: Selection = Selection { only: Only::All, with_namespace: false, drift: None };

    #[test]
    fn one_release_is_followed_from_the_given_version_on() {
        use Status::{Deployed, Failed, PendingUpgrade, Superseded, Uninstalled};
        let history = [
            entry("web", 3, Superseded, 3),
            entry("web", 4, Failed, 4),
            entry("web", 5, Superseded, 5),
            entry("web", 6, Deployed, 6),
        ];
        let pending = [entry("web", 6, Superseded, 6), entry("web", 7, PendingUpgrade, 7)];
        let gone = [entry("web", 6, Uninstalled, 6)];
        type Case<'a> = (&'a str, &'a [Entry], Option<Version>, &'a [&'a str]);
        let cases: [Case<'_>; 9] = [
            ("first check", &history, None, &["web 6 deployed"]),
            ("nothing new", &history, Some(given(6, Some("deployed"))), &["web 6 deployed"]),
            (
                "superseded is echoed as it was, and later ones follow",
                &history,
                Some(given(3, Some("deployed"))),
                &["web 3 deployed", "web 4 failed", "web 5 deployed", "web 6 deployed"],
            ),
            ("cut off by history_max", &history, Some(given(1, Some("deployed"))), &["web 6 deployed"]),
            ("the peer's two keys", &history, Some(given(6, None)), &["web 6 -", "web 6 deployed"]),
            (
                "pending, then failed: another state of the same revision",
                &history,
                Some(given(4, Some("pending-upgrade"))),
                &["web 4 pending-upgrade", "web 4 failed", "web 5 deployed", "web 6 deployed"],
            ),
            (
                "under way",
                &pending,
                Some(given(6, Some("deployed"))),
                &["web 6 deployed", "web 7 pending-upgrade"],
            ),
            ("taken away", &gone, Some(given(6, Some("deployed"))), &["web 6 deployed", "web 6 uninstalled"]),
            ("deleted", &[], Some(given(6, Some("deployed"))), &[]),
        ];
        for (case, entries, since, expected) in cases {
            assert_eq!(shown(&select(entries, since, &ALL)), expected, "{case}");
        }
    }

    #[test]
    fn only_what_was_deployed_counts_where_that_is_asked() {
        let selection = Selection { only: Only::Deployed, ..ALL };
        let history = [entry("web", 1, Status::Deployed, 1), entry("web", 2, Status::Failed, 2)];
        assert_eq!(shown(&select(&history, None, &selection)), ["web 1 deployed"]);
    }

    #[test]
    fn of_many_releases_those_that_changed_since_are_returned() {
        let mut first = entry("web", 1, Status::Superseded, 10);
        first.modified = 30;
        let entries = [
            first,
            entry("web", 2, Status::Deployed, 30),
            entry("db", 5, Status::Deployed, 20),
            entry("old", 1, Status::Deployed, 5),
        ];
        let found = select(&entries, Some(given(1, Some("deployed"))), &ALL);
        assert_eq!(shown(&found), ["web 1 deployed", "db 5 deployed", "web 2 deployed"]);
        assert_eq!(
            shown(&select(&entries, None, &ALL)),
            ["old 1 deployed", "db 5 deployed", "web 2 deployed"]
        );
    }

    #[test]
    fn drift_makes_a_version_of_the_same_revision() {
        let entries = [entry("web", 2, Status::Deployed, 1)];
        let with = |drift: &str| Version { drift: Some(drift.into()), ..given(2, Some("deployed")) };
        let selection = Selection { drift: Some("abc".into()), ..ALL };
        assert_eq!(select(&entries, Some(with("none")), &selection), [with("none"), with("abc")]);
        assert_eq!(select(&entries, Some(with("abc")), &selection), [with("abc")]);
    }
}
