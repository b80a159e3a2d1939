//! One version for each get of a job.

use std::collections::BTreeMap;
use std::fmt;

use super::together::together;
use super::{Choice, History, Wanted};
use crate::version::Version;

/// A get that no version can be found for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unmet {
    /// The get's name.
    pub input: String,
    /// The resource.
    pub resource: String,
    /// Why.
    pub reason: Reason,
}

/// Why there is no version.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Reason {
    /// No check found any.
    NoVersions,
    /// None has the fields that are pinned.
    NoneLikePin(Version),
    /// None has passed all these jobs, or none together with the versions of other gets.
    NonePassed(Vec<String>),
}

/// Chooses a version for each get, by its name.
///
/// # Errors
/// Those gets that there is none for, all of them.
pub fn select(
    job: &str,
    wanted: &[Wanted],
    history: &History,
) -> Result<BTreeMap<String, Version>, Vec<Unmet>> {
    let mut selected = BTreeMap::new();
    let mut unmet = Vec::new();
    for one in wanted.iter().filter(|one| !is_bound(one)) {
        match alone(job, one, history) {
            Ok(version) => {
                selected.insert(one.input.clone(), version);
            }
            Err(reason) => unmet.push(unmet_by(one, reason)),
        }
    }
    for group in groups(wanted) {
        match together(job, &group, history) {
            Some(versions) => selected.extend(versions),
            None => {
                unmet.extend(group.iter().map(|one| unmet_by(one, Reason::NonePassed(one.passed.clone()))));
            }
        }
    }
    if unmet.is_empty() { Ok(selected) } else { Err(unmet) }
}

/// Returns whether earlier jobs have a say in a get's version.
fn is_bound(wanted: &Wanted) -> bool {
    !wanted.passed.is_empty() && !matches!(wanted.choice, Choice::Given(_))
}

fn unmet_by(wanted: &Wanted, reason: Reason) -> Unmet {
    Unmet { input: wanted.input.clone(), resource: wanted.resource.clone(), reason }
}

fn alone(job: &str, wanted: &Wanted, history: &History) -> Result<Version, Reason> {
    let known = history.versions_of(&wanted.resource);
    match &wanted.choice {
        Choice::Given(version) => Ok(version.clone()),
        Choice::Pinned(pin) => {
            let newest = known.iter().rev().find(|version| version.matches(pin));
            newest.cloned().ok_or_else(|| Reason::NoneLikePin(pin.clone()))
        }
        Choice::Latest => known.last().cloned().ok_or(Reason::NoVersions),
        Choice::Every => {
            let last = history.last_used(job, &wanted.input);
            let place = last.and_then(|last| known.iter().position(|version| version == last));
            let next = place.and_then(|place| known.get(place + 1));
            next.or(known.last()).cloned().ok_or(Reason::NoVersions)
        }
    }
}

/// Returns the gets that share a job in `passed`, directly or over others: their versions must fit together.
fn groups(wanted: &[Wanted]) -> Vec<Vec<&Wanted>> {
    let mut groups: Vec<Vec<&Wanted>> = Vec::new();
    for one in wanted.iter().filter(|one| is_bound(one)) {
        let shares = |other: &&Wanted| other.passed.iter().any(|job| one.passed.contains(job));
        let (mut joined, apart): (Vec<_>, Vec<_>) =
            groups.into_iter().partition(|group| group.iter().any(shares));
        groups = apart;
        let mut group: Vec<&Wanted> = joined.drain(..).flatten().collect();
        group.push(one);
        groups.push(group);
    }
    groups
}

impl fmt::Display for Unmet {
    fn fmt(&self, formatter: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (input, resource) = (&self.input, &self.resource);
        match &self.reason {
            Reason::NoVersions => write!(formatter, "`{input}`: no version of `{resource}` was found"),
            Reason::NoneLikePin(pin) => {
                write!(formatter, "`{input}`: no version of `{resource}` is like the pinned `{pin}`")
            }
            Reason::NonePassed(jobs) => {
                let jobs: Vec<String> = jobs.iter().map(|job| format!("`{job}`")).collect();
                write!(formatter, "`{input}`: no version of `{resource}` has passed {} here", jobs.join(", "))
            }
        }
    }
}
