//! The program `fly`, logged in.

use std::io::{BufRead, BufReader, Write};
use std::path::PathBuf;
use std::process::{Command, Output, Stdio};
use std::sync::atomic::{AtomicUsize, Ordering};

use serde_json::Value as Json;
use stack::Folder;

/// The name of the target that `fly` is logged in to.
const TARGET: &str = "quayside-tests";

/// How long an answer may take.
const ASK_SECONDS: u32 = 60;

/// `fly` with a home of its own, so that the user's targets stay as they are.
#[derive(Debug)]
pub(crate) struct Fly {
    program: PathBuf,
    home: Folder,
    url: String,
    /// What `fly` got for the password.
    token: String,
}

impl Fly {
    /// Logs in to the team `main`.
    pub(crate) fn log_in(program: PathBuf, url: &str, user: &str, password: &str) -> Self {
        let (url, home) = (url.trim_end_matches('/').to_owned(), Folder::new("fly"));
        let mut fly = Self { program, home, url, token: String::new() };
        fly.must(&["login", "--concourse-url", &fly.url, "--username", user, "--password", password]);
        let command = fly.must(&["curl", "/api/v1/info", "--print-and-exit"]);
        // As in `curl -H "Authorization: bearer …" http://…`.
        let token = command.split('"').nth(1).and_then(|header| header.rsplit(' ').next());
        token.expect("fly curl prints its token").clone_into(&mut fly.token);
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
        serde_json::from_str(&self.read(path, ASK_SECONDS, |_| false)).unwrap_or_default()
    }

    /// Returns what Concourse's own interface answers within some seconds, up to a line that is the last.
    ///
    /// By curl: `fly curl` takes a hundred times as long to start, and a build is asked for often.
    #[track_caller]
    pub(crate) fn read(&self, path: &str, seconds: u32, is_last: impl Fn(&str) -> bool) -> String {
        let mut curl = Command::new("curl");
        curl.args(["--silent", "--no-buffer", "--config", "-"]).stdin(Stdio::piped()).stdout(Stdio::piped());
        let mut child = curl.spawn().expect("curl is installed");
        // Not as arguments, which others can see.
        let config = format!(
            "header = \"Authorization: Bearer {}\"\nurl = \"{}{path}\"\nmax-time = {seconds}\n",
            self.token, self.url
        );
        child.stdin.take().expect("it is piped").write_all(config.as_bytes()).expect("curl reads it");
        let mut text = String::new();
        let mut lines = BufReader::new(child.stdout.take().expect("it is piped"));
        let mut line = Vec::new();
        while lines.read_until(b'\n', &mut line).is_ok_and(|count| count > 0) {
            text.push_str(&String::from_utf8_lossy(&line));
            if is_last(String::from_utf8_lossy(&line).trim_end()) {
                break;
            }
            line.clear();
        }
        // It may have ended by itself.
        let _ = child.kill();
        child.wait().expect("a child of this process can be waited for");
        text
    }

    /// Runs a command, whatever it comes to.
    pub(crate) fn run(&self, arguments: &[&str]) -> Output {
        let mut command = Command::new(&self.program);
        command.args(["--target", TARGET]).args(arguments).env("HOME", self.home.path());
        command.output().unwrap_or_else(|error| panic!("`FLY` names no program fly: {error}"))
    }

    /// Writes a file that a command reads, another one for each call.
    pub(crate) fn file(&self, content: &str) -> PathBuf {
        static COUNT: AtomicUsize = AtomicUsize::new(0);
        let count = COUNT.fetch_add(1, Ordering::Relaxed);
        self.home.write(&format!("{count}.yml"), content)
    }
}
