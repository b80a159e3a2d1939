//! Whether a job starts by itself.

use std::collections::BTreeMap;

use super::{History, Wanted};
use crate::version::Version;

/// What starts a job.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Trigger {
    /// The get whose version is new.
    pub input: String,
    /// The version.
    pub version: Version,
}

/// Returns what starts a job: a get with `trigger: true` whose version the job never used there, however old it is.
pub fn trigger(
    job: &str,
    wanted: &[Wanted],
    selected: &BTreeMap<String, Version>,
    history: &History,
) -> Option<Trigger> {
    wanted.iter().filter(|wanted| wanted.triggers).find_map(|wanted| {
        let version = selected.get(&wanted.input)?;
        let is_new = !history.was_used(job, &wanted.input, version);
        is_new.then(|| Trigger { input: wanted.input.clone(), version: version.clone() })
    })
}
