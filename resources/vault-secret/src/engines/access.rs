//! Where a wanted secret is, and what a request for it does.

use kit::{Error, Result};

use super::Engine;
use crate::params::{RequestMethod, Wanted};
use crate::vault::{ApiPath, Mount, Mounts};

/// What a request for a secret does. This decides what check may do: it never sends what makes something.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Access {
    /// Reads a secret of which Vault keeps versions.
    Versioned,
    /// Reads what is there and changes nothing.
    Read,
    /// Reads a password that Vault rotates by itself.
    Rotated,
    /// Makes a new credential each time.
    Mint,
    /// Computes something of its input and keeps nothing.
    Compute,
}

/// Where a wanted secret is.
#[derive(Clone, Debug)]
pub(crate) struct Place {
    pub(crate) mount: Mount,
    /// What follows the mount, without `data/` for KV 2.
    pub(crate) below: String,
    pub(crate) access: Access,
    /// Whether it is asked by a write.
    pub(crate) is_write: bool,
}

impl Place {
    /// Returns the path to ask, or for KV 2 to say.
    pub(crate) fn path(&self) -> ApiPath {
        self.mount.path.join(&self.below)
    }

    /// Returns the path below KV 2's `data`, `metadata`, `delete`…
    pub(crate) fn versioned_path(&self, part: &str) -> ApiPath {
        self.mount.path.join(part).join(&self.below)
    }
}

/// Returns the path whose mount must be asked of Vault, if it must.
pub(crate) fn unknown_mount(wanted: &Wanted) -> Option<ApiPath> {
    if wanted.engine.is_some() {
        return None;
    }
    Some(match &wanted.mount {
        Some(mount) => mount.join(wanted.path.as_str()),
        None => wanted.path.clone(),
    })
}

/// Returns where a wanted secret is. `mounts` must know what [`unknown_mount`] asked for.
///
/// # Errors
/// When the path is that of the mount itself, or is incomplete for the engine.
pub(crate) fn locate(wanted: &Wanted, mounts: &Mounts) -> Result<Place> {
    let (mount, below) = match wanted.engine {
        Some(engine) => (stated_mount(wanted, engine), with_operation(wanted.path.as_str(), engine)),
        None => {
            let path = unknown_mount(wanted).unwrap_or_else(|| wanted.path.clone());
            let found =
                mounts.find(&path).ok_or_else(|| Error::new(format!("nothing is mounted at `{path}`")))?;
            let below = path.below(&found.path).ok_or_else(|| {
                Error::new(format!("`{path}` is a mount, not a secret"))
                    .hint(format!("name what is in it: `{path}/…`"))
            })?;
            (found.clone(), below.to_owned())
        }
    };
    let (access, writes) = access(&mount, &below);
    let is_write = match wanted.method {
        Some(method) => method == RequestMethod::Write,
        None => writes || (access != Access::Versioned && (wanted.params.is_some() || wanted.text.is_some())),
    };
    // A write that is not known to be harmless may make something.
    let access = if is_write && access == Access::Read { Access::Mint } else { access };
    Ok(Place { mount, below, access, is_write })
}

/// The mount as the user states it. Vault is not asked: a policy need not grant more than the secret itself.
fn stated_mount(wanted: &Wanted, engine: Engine) -> Mount {
    Mount {
        path: wanted.mount.clone().unwrap_or_else(|| ApiPath::fixed(engine.default_mount())),
        kind: engine.kind().to_owned(),
        is_versioned: engine == Engine::Kv2,
        default_lease: 0,
    }
}

/// What engines know beside their usual operation; a role can't have these names and something below it.
const OPERATIONS: [&str; 14] = [
    "cert",
    "code",
    "config",
    "creds",
    "issue",
    "issuer",
    "library",
    "role",
    "roles",
    "sign",
    "sign-verbatim",
    "static-cred",
    "static-creds",
    "sts",
];

/// Puts the engine's usual operation before a role that is given alone, as in the resources that came before.
fn with_operation(path: &str, engine: Engine) -> String {
    let is_whole = path.split_once('/').is_some_and(|(first, _)| OPERATIONS.contains(&first));
    match engine.default_operation() {
        Some(operation) if !is_whole => format!("{operation}/{path}"),
        _ => path.to_owned(),
    }
}

/// What asking for `below` in such a mount does, and whether it takes a write.
fn access(mount: &Mount, below: &str) -> (Access, bool) {
    let mut parts = below.split('/');
    let first = parts.next().unwrap_or_default();
    let operation = match (mount.kind.as_str(), first) {
        // pki/issuer/<issuer>/issue/<role>
        ("pki", "issuer") => parts.nth(1).unwrap_or(first),
        (_, first) => first,
    };
    match (mount.kind.as_str(), operation) {
        ("kv" | "generic", _) if mount.is_versioned => (Access::Versioned, false),
        ("kv" | "generic" | "cubbyhole" | "system" | "ns_system", _) => (Access::Read, false),
        ("pki", "issue" | "sign" | "sign-verbatim" | "sign-self-issued" | "sign-intermediate") => {
            (Access::Mint, true)
        }
        ("pki", _) => (Access::Read, false),
        ("ssh", "sign" | "issue" | "creds") => (Access::Mint, true),
        ("ssh", _) => (Access::Read, false),
        ("transit", "keys" | "export" | "backup" | "wrapping_key") => (Access::Read, false),
        ("transit", _) => (Access::Compute, true),
        ("kubernetes", "creds") => (Access::Mint, true),
        ("aws", "sts") => (Access::Mint, true),
        ("ldap" | "openldap" | "ad", "library") if below.ends_with("/check-out") => (Access::Mint, true),
        (_, "static-creds" | "static-cred") => (Access::Rotated, false),
        (_, "roles" | "role" | "static-roles" | "static-role" | "config") => (Access::Read, false),
        // What an engine that is not known here does with a read can't be told, and many make a credential.
        _ => (Access::Mint, false),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mount(kind: &str, is_versioned: bool) -> Mount {
        Mount { path: "m".parse().unwrap(), kind: kind.into(), is_versioned, default_lease: 0 }
    }

    #[test]
    fn what_an_engine_does_is_known_by_its_path() {
        use Access::*;
        let cases = [
            ("kv", true, "app/creds/x", (Versioned, false)),
            ("kv", false, "app", (Read, false)),
            ("database", false, "creds/app", (Mint, false)),
            ("database", false, "static-creds/app", (Rotated, false)),
            ("database", false, "roles/app", (Read, false)),
            ("pki", false, "issue/web", (Mint, true)),
            ("pki", false, "issuer/default/sign/web", (Mint, true)),
            ("pki", false, "issuer/default/json", (Read, false)),
            ("pki", false, "cert/ca", (Read, false)),
            ("ssh", false, "sign/ci", (Mint, true)),
            ("transit", false, "sign/key", (Compute, true)),
            ("transit", false, "keys/key", (Read, false)),
            ("kubernetes", false, "creds/ci", (Mint, true)),
            ("aws", false, "creds/ci", (Mint, false)),
            ("aws", false, "sts/ci", (Mint, true)),
            ("ldap", false, "static-cred/x", (Rotated, false)),
            ("ldap", false, "library/set/check-out", (Mint, true)),
            ("totp", false, "code/x", (Mint, false)),
            ("some-plugin", false, "whatever", (Mint, false)),
        ];
        for (kind, is_versioned, below, expected) in cases {
            assert_eq!(access(&mount(kind, is_versioned), below), expected, "{kind} {below}");
        }
    }

    #[test]
    fn stated_engines_follow_the_earlier_resources() {
        let cases = [
            (Engine::Kv2, None, "app/db", "secret/app/db"),
            (Engine::Kv1, Some("kv9"), "app", "kv9/app"),
            (Engine::Database, None, "readonly", "database/creds/readonly"),
            (Engine::Database, Some("db"), "static-creds/readonly", "db/static-creds/readonly"),
            (Engine::Pki, None, "web", "pki/issue/web"),
            (Engine::Transit, None, "sign/key", "transit/sign/key"),
        ];
        for (engine, mount, path, expected) in cases {
            let wanted = Wanted {
                engine: Some(engine),
                mount: mount.map(|mount| mount.parse().unwrap()),
                ..Wanted::at(path.parse().unwrap())
            };
            let place = locate(&wanted, &Mounts::default()).unwrap();
            assert_eq!(place.path().as_str(), expected, "{engine:?} {path}");
        }
    }
}
