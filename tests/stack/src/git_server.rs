//! Git's own server, for clones that anybody may make.

use std::path::{Path, PathBuf};
use std::process::Command;

use crate::address::address;
use crate::folder::Folder;
use crate::port::Port;
use crate::process::Process;

/// A running `git daemon`.
#[derive(Debug)]
pub struct GitServer {
    _process: Process,
    port: Port,
    _log: Folder,
}

impl GitServer {
    /// Serves each repository below a folder, as `shop/.git` or `shop.git`.
    ///
    /// # Panics
    ///
    /// When git is not installed, or its server does not start.
    pub fn start(folder: &Path) -> Self {
        let log = Folder::new("git-server");
        let port = Port::reserve();
        // The program itself: `git daemon` would start it as a child that outlives it.
        let mut command = Command::new(programs().join("git-daemon"));
        command.arg(format!("--listen={}", address())).arg(format!("--port={}", port.number()));
        command.arg(format!("--base-path={}", folder.display())).args(["--export-all", "--reuseaddr"]);
        let mut process = Process::start("git-server", command, log.path());
        process.wait_until_listening(port.number());
        Self { _process: process, port, _log: log }
    }

    /// Returns the URL of a repository in the folder.
    pub fn url(&self, repository: &str) -> String {
        format!("git://{}:{}/{repository}", address(), self.port.number())
    }
}

/// Returns where git keeps its programs.
fn programs() -> PathBuf {
    let output = Command::new("git").arg("--exec-path").output().expect("git is installed");
    String::from_utf8_lossy(&output.stdout).trim().into()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_repository_is_cloned() {
        let folder = Folder::new("repositories");
        let git = |arguments: &[&str]| {
            let status = Command::new("git").current_dir(folder.path()).args(arguments).status();
            assert!(status.is_ok_and(|status| status.success()), "git {arguments:?}");
        };
        git(&["init", "--quiet", "shop"]);
        let identity = ["-c", "user.name=Shop", "-c", "user.email=shop@example.com", "-C", "shop"];
        git(&[&identity[..], &["commit", "--quiet", "--allow-empty", "--message", "first"]].concat());

        let server = GitServer::start(folder.path());
        git(&["clone", "--quiet", &server.url("shop"), "clone"]);
        assert!(folder.path().join("clone/.git").exists());
    }
}
