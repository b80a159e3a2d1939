//! Compares every object of a release with the live one.

use std::fmt;

use futures_util::{StreamExt, stream};
use kit::Result;
use kube::Client;
use ring::digest;

use super::DriftIgnore;
use super::compare::differences;
use crate::manifest::{Applied, Kinds, Object, ObjectKey, Target, objects};
use crate::release::Record;

/// What a version says where nothing differs.
pub const NONE: &str = "none";

/// How many objects are asked for at once.
const AT_ONCE: usize = 8;
/// Flux's annotation to leave an object out; pipelines that come from it have it already.
const OPT_OUT: &str = "helm.toolkit.fluxcd.io/driftDetection";

/// How the live objects differ from a release.
#[derive(Clone, Debug, Default)]
pub struct Drift {
    /// One entry for each object that differs.
    pub differences: Vec<Difference>,
    /// Objects that can't be compared, and why.
    pub unknown: Vec<(ObjectKey, String)>,
}

/// How one object differs.
#[derive(Clone, Debug)]
pub struct Difference {
    /// Which.
    pub object: ObjectKey,
    /// Where, as JSON pointers; empty where the whole object is gone.
    pub paths: Vec<String>,
}

impl fmt::Display for Difference {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self.paths.as_slice() {
            [] => write!(f, "{}: is gone", self.object),
            paths => write!(f, "{}: {}", self.object, paths.join(", ")),
        }
    }
}

impl Drift {
    /// Tells whether nothing differs.
    pub fn is_none(&self) -> bool {
        self.differences.is_empty()
    }

    /// Returns a short text that stays the same while the drift does: `none`, or a digest.
    pub fn digest(&self) -> String {
        if self.is_none() {
            return NONE.into();
        }
        let mut lines: Vec<String> = self.differences.iter().map(ToString::to_string).collect();
        lines.sort();
        let hash = digest::digest(&digest::SHA256, lines.join("\n").as_bytes());
        hash.as_ref().iter().take(8).map(|byte| format!("{byte:02x}")).collect()
    }
}

/// Compares each object of the release's manifest with the live one, by a dry run of its application.
///
/// # Errors
/// When the manifest or an exception can't be read. An object that can't be compared is told as such.
pub async fn detect(client: &Client, record: &Record, ignore: &[DriftIgnore]) -> Result<Drift> {
    let ignore = exceptions(ignore)?;
    let kinds = Kinds::new(client.clone(), &record.namespace);
    let objects = objects(&record.manifest)?;
    let wanted = objects.iter().filter(|object| object.annotation(OPT_OUT) != Some("disabled"));
    let compared: Vec<(ObjectKey, Outcome)> = stream::iter(wanted)
        .map(|object| compare(&kinds, record, object, &ignore))
        .buffered(AT_ONCE)
        .collect()
        .await;
    let mut drift = Drift::default();
    for (object, outcome) in compared {
        match outcome {
            Outcome::Same => {}
            Outcome::Differs(paths) => drift.differences.push(Difference { object, paths }),
            Outcome::Unknown(reason) => drift.unknown.push((object, reason)),
        }
    }
    Ok(drift)
}

enum Outcome {
    Same,
    Differs(Vec<String>),
    Unknown(String),
}

fn exceptions(ignore: &[DriftIgnore]) -> Result<Vec<(Target, Vec<String>)>> {
    let each = |ignore: &DriftIgnore| {
        let target = Target::new(&ignore.target.clone().unwrap_or_default())?;
        // The empty pointer is the whole object.
        let paths = if ignore.paths.is_empty() { vec![String::new()] } else { ignore.paths.clone() };
        Ok((target, paths))
    };
    ignore.iter().map(each).collect()
}

async fn compare(
    kinds: &Kinds,
    record: &Record,
    object: &Object,
    ignore: &[(Target, Vec<String>)],
) -> (ObjectKey, Outcome) {
    let ignored: Vec<&str> = ignore
        .iter()
        .filter(|(target, _)| target.fits(object))
        .flat_map(|(_, paths)| paths.iter().map(String::as_str))
        .collect();
    if ignored.contains(&"") {
        return (object.key(), Outcome::Same);
    }
    let outcome = match kinds.api(object).await {
        Err(reason) => Outcome::Unknown(reason),
        Ok(api) => {
            match Applied::dry_run(&api, &object.as_applied_by_helm(&record.name, &record.namespace)).await {
                Applied::Missing => Outcome::Differs(Vec::new()),
                Applied::Refused(reason) => Outcome::Unknown(reason),
                Applied::There { live, desired } => match differences(&live, &desired, &ignored) {
                    paths if paths.is_empty() => Outcome::Same,
                    paths => Outcome::Differs(paths),
                },
            }
        }
    };
    (object.key(), outcome)
}
