//! Where engines are mounted, asked of Vault and remembered for the step.

use std::collections::{BTreeMap, BTreeSet};

use futures_util::future::join_all;
use kit::http::StatusCode;

use super::{ApiPath, Call, Vault, VaultError};

/// An engine's place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(crate) struct Mount {
    /// Where it is, as in `secret` or `team/kv`.
    pub(crate) path: ApiPath,
    /// Its type as Vault names it: `kv`, `database`, `pki`.
    pub(crate) kind: String,
    /// For `kv`: whether it keeps versions.
    pub(crate) is_versioned: bool,
    /// How long its leases last where a role says nothing, in seconds; 0 if unknown.
    pub(crate) default_lease: u64,
}

/// The mounts that were asked for.
#[derive(Clone, Debug, Default)]
pub(crate) struct Mounts(Vec<Mount>);

impl Mounts {
    /// Asks Vault for the mounts of all `paths`: one request for each mount, not for each path.
    ///
    /// # Errors
    /// When Vault does not tell one: the token has no right on the path, or nothing is mounted there.
    pub(crate) async fn of(vault: &Vault, paths: impl Iterator<Item = &ApiPath>) -> Result<Self, VaultError> {
        let mut mounts = Self::default();
        let mut open: BTreeSet<&ApiPath> = paths.collect();
        while let Some(first) = open.first().copied() {
            // Paths that begin alike are likely to be on one mount: the first of them is asked for, and the others
            // only if that mount turns out not to hold them.
            let firsts: BTreeMap<&str, &ApiPath> =
                open.iter().rev().map(|path| (path.parts().next().unwrap_or_default(), *path)).collect();
            for found in join_all(firsts.values().map(|path| ask(vault, path))).await {
                mounts.0.push(found?);
            }
            if mounts.find(first).is_none() {
                return Err(VaultError::Incomplete { path: first.clone(), missing: "mount that holds it" });
            }
            open.retain(|path| mounts.find(path).is_none());
        }
        Ok(mounts)
    }

    /// Returns the mount that holds `path`; the longest, should several.
    pub(crate) fn find(&self, path: &ApiPath) -> Option<&Mount> {
        let holding = self.0.iter().filter(|mount| *path == mount.path || path.below(&mount.path).is_some());
        holding.max_by_key(|mount| mount.path.as_str().len())
    }
}

/// Asks for the mount of one path. Any right on or below the mount suffices to be told.
async fn ask(vault: &Vault, path: &ApiPath) -> Result<Mount, VaultError> {
    let question = ApiPath::fixed("sys/internal/ui/mounts").join(path.as_str());
    let answer = match vault.send(&Call::read(question)).await {
        Ok(answer) => answer,
        // A Vault older than this question (0.10) has no versioned mounts either.
        Err(VaultError::NotFound { .. }) => return Ok(ancient(path)),
        Err(VaultError::Denied { detail, .. }) => {
            return Err(VaultError::Denied { path: path.clone(), capability: "read", detail });
        }
        Err(VaultError::Refused { status: StatusCode::BAD_REQUEST, detail, .. }) => {
            return Err(VaultError::Refused { path: path.clone(), status: StatusCode::BAD_REQUEST, detail });
        }
        Err(other) => return Err(other),
    };
    let incomplete = |missing| VaultError::Incomplete { path: path.clone(), missing };
    let mounted = answer.text("path").and_then(|mounted| whole(path, mounted));
    let mounted = mounted.ok_or_else(|| incomplete("mount's path"))?;
    let kind = answer.text("type").ok_or_else(|| incomplete("mount's type"))?.to_owned();
    let data = &answer.envelope.data;
    let version = data.pointer("/options/version").and_then(|version| version.as_str());
    Ok(Mount {
        path: mounted,
        is_versioned: kind == "kv" && version == Some("2"),
        kind,
        default_lease: data.pointer("/config/default_lease_ttl").and_then(|ttl| ttl.as_u64()).unwrap_or(0),
    })
}

/// Of login methods Vault tells the path without `auth/`.
fn whole(path: &ApiPath, mounted: &str) -> Option<ApiPath> {
    let auth = ApiPath::fixed("auth");
    let is_login = path.below(&auth).is_some() && !mounted.starts_with("auth/");
    if is_login { Some(auth.join(mounted)) } else { mounted.parse().ok() }
}

fn ancient(path: &ApiPath) -> Mount {
    let first = path.parts().next().unwrap_or_default();
    Mount {
        path: first.parse().unwrap_or_else(|_| path.clone()),
        kind: "kv".into(),
        is_versioned: false,
        default_lease: 0,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_longest_mount_that_holds_a_path_is_found() {
        let mount = |path: &str| Mount {
            path: path.parse().unwrap(),
            kind: "kv".into(),
            is_versioned: false,
            default_lease: 0,
        };
        let mounts = Mounts(vec![mount("team"), mount("team/kv"), mount("te")]);
        for (path, expected) in [
            ("team/kv/app", Some("team/kv")),
            ("team/kvx/app", Some("team")),
            ("team", Some("team")),
            ("tea/x", None),
        ] {
            let found = mounts.find(&path.parse().unwrap()).map(|mount| mount.path.as_str());
            assert_eq!(found, expected, "{path}");
        }
    }
}
