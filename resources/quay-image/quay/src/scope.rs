//! What an OAuth token may do.

use std::fmt;

/// A scope of Quay's OAuth tokens, as the API asks for it.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Scope {
    /// Read tags, labels, history and scans of repositories.
    Read,
    /// Change tags, labels and descriptions.
    Write,
    /// Change visibility, permissions, notifications, policies and mirrors.
    Admin,
    /// Make repositories.
    Create,
}

impl Scope {
    /// Returns the scope's name.
    pub fn name(self) -> &'static str {
        match self {
            Self::Read => "repo:read",
            Self::Write => "repo:write",
            Self::Admin => "repo:admin",
            Self::Create => "repo:create",
        }
    }
}

impl fmt::Display for Scope {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}
