//! A container's configuration, as the OCI runtime specification has it.

use std::path::PathBuf;

use serde_json::{Value as Json, json};

use super::sight::HOST_NAME;
use super::user::User;
use super::{capabilities, mounts, seccomp};

/// Columns and rows of a task's terminal, as on a worker.
const TERMINAL_SIZE: u16 = 500;

/// What a configuration says.
pub(super) struct Config<'step> {
    pub(super) command: &'step [String],
    pub(super) folder: &'step str,
    pub(super) environment: &'step [String],
    pub(super) user: &'step User,
    pub(super) seen: &'step [(String, PathBuf)],
    pub(super) has_terminal: bool,
    pub(super) is_privileged: bool,
    pub(super) is_hermetic: bool,
    pub(super) is_rootless: bool,
    pub(super) cpu_shares: Option<u64>,
    pub(super) memory_bytes: Option<u64>,
}

impl Config<'_> {
    /// Returns the configuration; it lacks the PID namespace, which is known when the container starts.
    pub(super) fn to_json(&self) -> Json {
        json!({
            "ociVersion": "1.0.2",
            "hostname": HOST_NAME,
            "root": { "path": "rootfs" },
            "process": self.process(),
            "mounts": mounts::of_container(self.seen, self.is_privileged, self.is_rootless),
            "linux": self.linux(),
        })
    }

    fn process(&self) -> Json {
        let capabilities = capabilities::of_container(self.is_privileged);
        // A user namespace with one user has nobody else to be.
        let (user, group) = if self.is_rootless { (0, 0) } else { (self.user.id, self.user.group) };
        let mut process = json!({
            "terminal": self.has_terminal,
            "user": { "uid": user, "gid": group, "umask": 0o022 },
            "args": self.command,
            "env": self.environment,
            "cwd": self.folder,
            "capabilities": {
                "bounding": capabilities,
                "effective": capabilities,
                "inheritable": capabilities,
                "permitted": capabilities,
            },
        });
        if self.has_terminal {
            process["consoleSize"] = json!({ "height": TERMINAL_SIZE, "width": TERMINAL_SIZE });
        }
        process
    }

    fn linux(&self) -> Json {
        let mut namespaces = vec![json!({"type": "mount"}), json!({"type": "ipc"}), json!({"type": "uts"})];
        if self.is_hermetic {
            namespaces.push(json!({"type": "network"}));
        }
        let mut linux = json!({ "namespaces": namespaces });
        if !self.is_rootless {
            linux["resources"] = self.resources();
        }
        if !self.is_privileged {
            linux["maskedPaths"] = json!(mounts::MASKED);
            linux["readonlyPaths"] = json!(mounts::READ_ONLY);
            linux["seccomp"] = seccomp::filter();
        }
        linux
    }

    /// Limits need control groups, which only root can make.
    fn resources(&self) -> Json {
        // The runtime allows those devices that every container has.
        let mut resources = json!({ "devices": [{ "allow": self.is_privileged, "access": "rwm" }] });
        if let Some(shares) = self.cpu_shares {
            resources["cpu"] = json!({ "shares": shares });
        }
        if let Some(limit) = self.memory_bytes {
            resources["memory"] = json!({ "limit": limit });
        }
        resources
    }
}
