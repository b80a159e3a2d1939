//! Versions for gets whose `passed` share jobs: they must have gone through the same runs.
//!
//! One run of each job is looked for, the newest first, such that every get has a version that the runs of all its
//! jobs used or made.

use std::collections::{BTreeMap, HashMap};

use super::{Choice, History, PastRun, Wanted};
use crate::version::Version;

/// How many runs are tried before the search is given up: far more than any history that fits together needs.
const MOST_TRIES: usize = 1_000_000;

/// Chooses versions for a group of gets; nothing when there are none that fit.
pub(super) fn together(job: &str, group: &[&Wanted], history: &History) -> Option<BTreeMap<String, Version>> {
    let pairs = group
        .iter()
        .enumerate()
        .flat_map(|(input, wanted)| wanted.passed.iter().map(move |passed| (input, passed.as_str())));
    let mut search = Search {
        job,
        group,
        history,
        pairs: pairs.collect(),
        runs: HashMap::new(),
        versions: vec![None; group.len()],
        tries: 0,
    };
    if !search.goes_on(0) {
        return None;
    }
    let found = group.iter().zip(search.versions);
    found.map(|(wanted, version)| Some((wanted.input.clone(), version?.clone()))).collect()
}

struct Search<'run> {
    job: &'run str,
    group: &'run [&'run Wanted],
    history: &'run History,
    /// Each get with each of the jobs that it must have passed.
    pairs: Vec<(usize, &'run str)>,
    /// The run that was chosen for each job.
    runs: HashMap<&'run str, &'run PastRun>,
    /// The version that was chosen for each get.
    versions: Vec<Option<&'run Version>>,
    tries: usize,
}

impl<'run> Search<'run> {
    /// Finds runs and versions for the pairs from one on. What was chosen stays when it returns true, and is taken
    /// back else.
    fn goes_on(&mut self, from: usize) -> bool {
        let Some(&(input, passed)) = self.pairs.get(from) else { return true };
        if let Some(run) = self.runs.get(passed).copied() {
            return self.takes_version(from, input, run);
        }
        for run in self.candidates(input, passed) {
            self.tries += 1;
            if self.tries > MOST_TRIES {
                return false;
            }
            if !self.fits(run, passed) {
                continue;
            }
            self.runs.insert(passed, run);
            if self.takes_version(from, input, run) {
                return true;
            }
            self.runs.remove(passed);
        }
        false
    }

    /// Takes a version of a run for a get that has none yet, or sees that the run knows the one it has.
    fn takes_version(&mut self, from: usize, input: usize, run: &'run PastRun) -> bool {
        let wanted = self.group[input];
        if let Some(version) = self.versions[input] {
            let is_known = run.versions_of(&wanted.resource).any(|known| known == version);
            return is_known && self.goes_on(from + 1);
        }
        for version in run.versions_of(&wanted.resource).filter(|version| is_allowed(wanted, version)) {
            self.versions[input] = Some(version);
            if self.goes_on(from + 1) {
                return true;
            }
        }
        self.versions[input] = None;
        false
    }

    /// Returns whether a run has a version for every get that must have passed its job.
    fn fits(&self, run: &PastRun, passed: &str) -> bool {
        let bound =
            self.group.iter().enumerate().filter(|(_, wanted)| wanted.passed.iter().any(|job| job == passed));
        bound.into_iter().all(|(input, wanted)| {
            let mut known = run.versions_of(&wanted.resource).filter(|version| is_allowed(wanted, version));
            match self.versions[input] {
                Some(version) => known.any(|known| known == version),
                None => known.next().is_some(),
            }
        })
    }

    /// Returns the runs of a job in the order in which they are tried: the newest first. A get of every version tries
    /// those after the one that its job used last, the oldest first, and then goes back.
    fn candidates(&self, input: usize, passed: &'run str) -> Vec<&'run PastRun> {
        let runs: Vec<&PastRun> = self.history.successes(passed).collect();
        let wanted = self.group[input];
        let last = match wanted.choice {
            Choice::Every => self.history.last_used(self.job, &wanted.input),
            _ => None,
        };
        let knows_last = |run: &&PastRun| run.versions_of(&wanted.resource).any(|known| Some(known) == last);
        match runs.iter().rposition(knows_last) {
            Some(place) => {
                let (before, after) = runs.split_at(place + 1);
                after.iter().chain(before.iter().rev()).copied().collect()
            }
            None => runs.into_iter().rev().collect(),
        }
    }
}

fn is_allowed(wanted: &Wanted, version: &Version) -> bool {
    match &wanted.choice {
        Choice::Pinned(pin) => version.matches(pin),
        _ => true,
    }
}
