//! The states of a revision.

use std::fmt;
use std::str::FromStr;

/// A revision's state, in Helm's words.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, Default)]
pub enum Status {
    /// Helm itself does not know.
    #[default]
    Unknown,
    /// What runs.
    Deployed,
    /// Taken away, its record kept by `--keep-history`.
    Uninstalled,
    /// Was deployed until a later revision was.
    Superseded,
    /// Could not be deployed.
    Failed,
    /// Is being taken away.
    Uninstalling,
    /// A first install is under way, or was when its writer was killed.
    PendingInstall,
    /// An upgrade is under way, or was when its writer was killed.
    PendingUpgrade,
    /// A rollback is under way, or was when its writer was killed.
    PendingRollback,
}

impl Status {
    /// Returns Helm's word.
    pub fn as_str(self) -> &'static str {
        match self {
            Self::Unknown => "unknown",
            Self::Deployed => "deployed",
            Self::Uninstalled => "uninstalled",
            Self::Superseded => "superseded",
            Self::Failed => "failed",
            Self::Uninstalling => "uninstalling",
            Self::PendingInstall => "pending-install",
            Self::PendingUpgrade => "pending-upgrade",
            Self::PendingRollback => "pending-rollback",
        }
    }

    /// Tells whether a writer is at work, or was killed at it. Helm refuses to change such a release.
    pub fn is_pending(self) -> bool {
        matches!(self, Self::PendingInstall | Self::PendingUpgrade | Self::PendingRollback)
    }

    /// Tells whether Helm can't go on from here: a writer is at work, or was killed at it. From a release that is half
    /// taken away Helm can do nothing but take it away again.
    pub fn is_busy(self) -> bool {
        self.is_pending() || self == Self::Uninstalling
    }

    /// Returns the state the revision had when it was the newest: what is superseded now was deployed then.
    ///
    /// Versions carry this one, so that a revision does not become a second version by getting old.
    pub fn when_newest(self) -> Self {
        if self == Self::Superseded { Self::Deployed } else { self }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.as_str())
    }
}

impl FromStr for Status {
    type Err = UnknownStatus;

    fn from_str(text: &str) -> Result<Self, UnknownStatus> {
        let all = [
            Self::Unknown,
            Self::Deployed,
            Self::Uninstalled,
            Self::Superseded,
            Self::Failed,
            Self::Uninstalling,
            Self::PendingInstall,
            Self::PendingUpgrade,
            Self::PendingRollback,
        ];
        all.into_iter().find(|status| status.as_str() == text).ok_or_else(|| UnknownStatus(text.into()))
    }
}

/// A text that is none of Helm's states.
#[derive(Debug, thiserror::Error)]
#[error("`{0}` is no state of a Helm release")]
pub struct UnknownStatus(String);
