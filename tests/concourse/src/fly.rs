//! The program `fly`, logged in.

use std::path::PathBuf;
use std::process::{Command, Output};

use serde_json::Value as Json;
use stack::Folder;

/// The name of the target that `fly` is logged in to.
const TARGET: &str = "quayside-tests";

/// `fly` with a home of its own, so that the user's targets stay as they are.
#[derive(Debug)]
pub(crate) struct Fly {
    program: PathBuf,
    home: Folder,
}

impl Fly {
    /// Logs in to the team `main`.
    pub(crate) fn log_in(program: PathBuf, url: &str, user: &str, password: &str) -> Self {
        let fly = Self { program, home: Folder::new("fly") };
        fly.must(&["login", "--concourse-url", url, "--username", user, "--password", password]);
        fly
    }

    /// Runs a command that must succeed, and returns what it printed.
    #[track_caller]
    pub(crate) fn must(&self, arguments: &[&str]) -> String {
        let output = self.run(arguments);
        let told = String::from_utf8_lossy(&output.stderr);
        assert!(output.status.success(), "fly {}: {told}", arguments[0]);
        String::from_utf8_lossy(&output.stdout).into_owned()
    }

    /// Asks Concourse's own interface, as in `/api/v1/info`. Nothing where the answer is no JSON.
    #[track_caller]
    pub(crate) fn ask(&self, path: &str) -> Json {
        serde_json::from_str(&self.must(&["curl", path])).unwrap_or_default()
    }

    /// Runs a command, whatever it comes to.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(&self.program);
        command.args(["--target", TARGET]).args(arguments).env("HOME", self.home.path());
        command.output().unwrap_or_else(|error| panic!("`FLY` names no program fly: {error}"))
    }

    /// Writes a file that a command reads, as one that nobody else can read.
    pub(crate) fn file(&self, name: &str, content: &str) -> PathBuf {
        self.home.write(name, content)
    }
}
