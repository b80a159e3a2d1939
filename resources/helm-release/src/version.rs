//! The version: a revision of a release, and the state it was first seen in.

use std::fmt;

use kit::{Error, Result};
use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

use crate::release::Entry;

/// What stands where there is no revision, as the resource that pipelines come from writes it.
const NONE: &str = "N/A";

/// A version. Its keys are frozen: Concourse compares versions as text.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize, Deserialize, JsonSchema)]
#[serde(default, deny_unknown_fields)]
pub struct Version {
    /// The release.
    pub release: String,
    /// The revision.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub revision: Option<String>,
    /// The state that the revision had while it was the newest.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub status: Option<String>,
    /// The namespace, where several are watched.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub namespace: Option<String>,
    /// With `watch_drift`: `none`, or a digest of how the live objects differ.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub drift: Option<String>,
    /// `true` after a put that only tested.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub tested: Option<String>,
    /// `true` after a put that uninstalled.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub uninstalled: Option<String>,
}

impl Version {
    /// Returns the version of a revision as a list tells it.
    pub fn of(entry: &Entry, with_namespace: bool) -> Self {
        Self {
            release: entry.release.clone(),
            revision: Some(entry.revision.to_string()),
            status: Some(entry.status.when_newest().to_string()),
            namespace: with_namespace.then(|| entry.namespace.clone()),
            ..Self::default()
        }
    }

    /// The version of a put that tested a release.
    pub fn tested(release: &str) -> Self {
        Self { release: release.into(), tested: Some("true".into()), ..Self::default() }
    }

    /// The version of a put that uninstalled a release.
    pub fn uninstalled(release: &str) -> Self {
        Self { release: release.into(), uninstalled: Some("true".into()), ..Self::default() }
    }

    /// The version of a put that changed nothing and has no release to name.
    pub fn nothing() -> Self {
        Self { release: NONE.into(), revision: Some(NONE.into()), ..Self::default() }
    }

    /// Tells whether a get has anything to fetch: the versions of tests, uninstalls and dry runs name no revision.
    pub fn names_a_revision(&self) -> bool {
        self.tested.is_none() && self.uninstalled.is_none() && self.revision.as_deref() != Some(NONE)
    }

    /// Returns the revision's number.
    ///
    /// # Errors
    /// When it is absent or none.
    pub fn revision(&self) -> Result<u64> {
        let text = self.revision.as_deref().unwrap_or_default();
        text.parse().map_err(|_| {
            Error::new(format!("`version.revision` is `{text}`, which is no number"))
                .hint("a version looks like {\"release\": \"web\", \"revision\": \"3\"}")
        })
    }
}

impl fmt::Display for Version {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let revision = self.revision.as_deref().unwrap_or(NONE);
        write!(f, "revision {revision} of release `{}`", self.release)
    }
}
