//! One run of check, in or out.

use std::io::{BufRead, BufReader, Read, Write};
use std::path::Path;
use std::process::{Child, Stdio};

use assert_cmd::Command;
use serde_json::{Value, json};

use crate::program;

/// A resource type with the `source:` that its steps get.
#[derive(Clone, Debug)]
pub struct Resource {
    name: &'static str,
    /// The `source:` block.
    pub source: Value,
}

/// What a step did.
#[derive(Clone, Debug)]
pub struct Outcome {
    /// Whether it exited with 0.
    pub succeeded: bool,
    /// Everything on stdout.
    pub stdout: String,
    /// Everything on stderr.
    pub stderr: String,
}

impl Resource {
    /// Returns a resource of the type `name`, which is also its program's name.
    pub fn new(name: &'static str, source: Value) -> Self {
        Self { name, source }
    }

    /// Runs check, from `version` if one is given.
    pub fn check(&self, version: Option<&Value>) -> Outcome {
        let mut payload = json!({"source": self.source});
        if let Some(version) = version {
            payload["version"] = version.clone();
        }
        self.run("check", None, &payload.to_string())
    }

    /// Runs in.
    pub fn get(&self, folder: &Path, version: &Value, params: &Value) -> Outcome {
        let payload = json!({"source": self.source, "version": version, "params": params});
        self.run("in", Some(folder), &payload.to_string())
    }

    /// Runs out.
    pub fn put(&self, folder: &Path, params: &Value) -> Outcome {
        let payload = json!({"source": self.source, "params": params});
        self.run("out", Some(folder), &payload.to_string())
    }

    /// Runs a step with any text on stdin, in an environment that holds nothing.
    pub fn run(&self, verb: &str, folder: Option<&Path>, payload: &str) -> Outcome {
        let output =
            self.command(verb, folder).write_stdin(payload).output().expect("the program can be run");
        Outcome {
            succeeded: output.status.success(),
            stdout: String::from_utf8(output.stdout).expect("stdout is UTF-8"),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Runs check, and does `then` once check says that it waits.
    pub fn check_that_waits(&self, then: impl FnOnce()) -> Outcome {
        let mut child = std::process::Command::new(program(self.name))
            .arg("check")
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::piped())
            .stderr(Stdio::piped())
            .spawn()
            .expect("the program can be started");
        let mut stdin = child.stdin.take().expect("stdin is a pipe");
        let payload = json!({"source": self.source}).to_string();
        stdin.write_all(payload.as_bytes()).expect("the payload is read");
        let mut told = BufReader::new(child.stderr.take().expect("stderr is a pipe"));
        let mut stderr = String::new();
        while told.read_line(&mut stderr).expect("stderr is UTF-8") > 0 && !stderr.contains("; again in ") {}
        then();
        told.read_to_string(&mut stderr).expect("stderr is UTF-8");
        let output = child.wait_with_output().expect("the program ends");
        let stdout = String::from_utf8(output.stdout).expect("stdout is UTF-8");
        Outcome { succeeded: output.status.success(), stdout, stderr }
    }

    /// Starts a step without waiting for it, for tests that end it on the way. What it says is lost.
    pub fn start(&self, verb: &str, folder: &Path, payload: &Value) -> Child {
        let mut child = std::process::Command::new(program(self.name))
            .arg(verb)
            .arg(folder)
            .env_clear()
            .stdin(Stdio::piped())
            .stdout(Stdio::null())
            .stderr(Stdio::null())
            .spawn()
            .expect("the program can be started");
        let mut stdin = child.stdin.take().expect("stdin is a pipe");
        stdin.write_all(payload.to_string().as_bytes()).expect("the payload is read");
        child
    }

    /// Returns the command of a step, for tests that need more of it.
    pub fn command(&self, verb: &str, folder: Option<&Path>) -> Command {
        let mut command = Command::new(program(self.name));
        command.arg(verb).args(folder).env_clear().current_dir("/");
        command
    }
}

impl Outcome {
    /// Returns the document on stdout.
    ///
    /// # Panics
    ///
    /// When the step failed or printed no JSON.
    #[track_caller]
    pub fn json(&self) -> Value {
        assert!(self.succeeded, "the step failed:\n{}", self.stderr);
        serde_json::from_str(&self.stdout).unwrap_or_else(|_| panic!("no JSON on stdout: {}", self.stdout))
    }

    /// Returns stderr of a step that must have failed, without a word on stdout.
    ///
    /// # Panics
    ///
    /// When the step succeeded or wrote to stdout.
    #[track_caller]
    pub fn error(&self) -> &str {
        assert!(!self.succeeded, "the step succeeded: {}", self.stdout);
        assert_eq!(self.stdout, "", "a failed step prints nothing on stdout");
        &self.stderr
    }
}
