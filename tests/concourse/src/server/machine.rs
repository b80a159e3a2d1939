//! What a Concourse needs of this machine.

use std::env;
use std::ffi::OsString;
use std::path::{Path, PathBuf};
use std::process::Command;

/// Programs, each with the Debian package that has it.
const PROGRAMS: [(&str, &str); 7] = [
    ("containerd", "containerd"),
    ("runc", "runc"),
    ("iptables", "iptables"),
    ("ip", "iproute2"),
    ("unshare", "util-linux"),
    ("curl", "curl"),
    ("skopeo", "skopeo"),
];
/// Where distributions have the CNI plugins.
const PLUGINS: [&str; 2] = ["/usr/lib/cni", "/opt/cni/bin"];

/// This machine, which has all that is needed.
pub(super) struct Machine {
    concourse: PathBuf,
    path: OsString,
    plugins: PathBuf,
}

impl Machine {
    /// Looks for all that is needed.
    ///
    /// # Panics
    ///
    /// When something is missing: with all of it, and what to install.
    pub(super) fn check(concourse: PathBuf, fly: &Path) -> Self {
        let mut missing = Vec::new();
        if !rustix::process::geteuid().is_root() {
            missing.push("a worker must be started by root".to_owned());
        }
        // Behind links, as Concourse itself looks for what lies beside it.
        let concourse = concourse.canonicalize().unwrap_or(concourse);
        if !concourse.is_file() {
            missing.push(format!("`CONCOURSE` names no file: {}", concourse.display()));
        }
        // Concourse's own distribution has its programs beside it.
        let beside = concourse.parent().unwrap_or(Path::new("/")).to_owned();
        let own = env::var_os("PATH").unwrap_or_default();
        let folders: Vec<PathBuf> = [beside.clone()].into_iter().chain(env::split_paths(&own)).collect();
        let has = |program: &Path| folders.iter().any(|folder| folder.join(program).is_file());
        if !fly.is_file() && !has(fly) {
            missing.push(format!("`FLY` names no file, nor a program in PATH: {}", fly.display()));
        }
        for (program, package) in PROGRAMS {
            if !has(Path::new(program)) {
                missing.push(format!("no program `{program}` is in PATH: install the package `{package}`"));
            }
        }
        let plugins = [beside].into_iter().chain(PLUGINS.map(PathBuf::from));
        let plugins = plugins.into_iter().find(|folder| folder.join("bridge").is_file());
        if plugins.is_none() {
            missing.push("no CNI plugins: install the package `containernetworking-plugins`".into());
        }
        assert!(missing.is_empty(), "a Concourse cannot be started here:\n  {}", missing.join("\n  "));
        let path = env::join_paths(folders).expect("they were in such a list");
        Self { concourse, path, plugins: plugins.expect("or something is missing") }
    }

    /// Returns a command of Concourse.
    pub(super) fn concourse(&self) -> Command {
        self.run(&self.concourse)
    }

    /// Returns a command that finds the programs which Concourse brings first.
    pub(super) fn run(&self, program: impl AsRef<Path>) -> Command {
        let mut command = Command::new(program.as_ref());
        command.env("PATH", &self.path);
        command
    }

    /// Returns Concourse's program.
    pub(super) fn program(&self) -> &Path {
        &self.concourse
    }

    /// Returns the folder of the CNI plugins.
    pub(super) fn plugins(&self) -> &Path {
        &self.plugins
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    #[should_panic(expected = "`CONCOURSE` names no file: /no/concourse\n")]
    fn what_is_missing_is_said() {
        Machine::check("/no/concourse".into(), Path::new("/no/fly"));
    }
}
