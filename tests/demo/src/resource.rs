//! Runs a resource as Concourse does: a payload on stdin, a folder as argument, JSON on stdout.

use std::io::Write;
use std::path::Path;
use std::process::{Command, Stdio};

use serde_json::Value;
use stack::Folder;

use crate::narrator::Narrator;
use crate::program;

/// A resource type's binary with its source.
pub(crate) struct Resource<'a> {
    narrator: &'a Narrator,
    name: &'static str,
    source: Value,
    /// Where the program puts what it needs for a moment; what a killed one leaves goes with it.
    temporary: Folder,
}

impl<'a> Resource<'a> {
    pub(crate) fn new(narrator: &'a Narrator, name: &'static str, source: Value) -> Self {
        Self { narrator, name, source, temporary: Folder::new("temporary") }
    }

    /// Runs check; shows and returns the versions.
    pub(crate) fn check(&self, version: Option<&Value>) -> Result<Value, String> {
        let mut payload = serde_json::json!({"source": self.source});
        if let Some(version) = version {
            payload["version"] = version.clone();
        }
        let versions = self.succeed("check", None, &payload)?;
        for version in versions.as_array().into_iter().flatten() {
            self.narrator.output(&version.to_string());
        }
        Ok(versions)
    }

    /// Runs in; returns what it printed.
    pub(crate) fn get(&self, folder: &Path, version: &Value, params: Value) -> Result<Value, String> {
        let payload = serde_json::json!({"source": self.source, "version": version, "params": params});
        self.succeed("in", Some(folder), &payload)
    }

    /// Runs out; returns what it printed.
    pub(crate) fn put(&self, folder: &Path, params: Value) -> Result<Value, String> {
        let payload = serde_json::json!({"source": self.source, "params": params});
        self.succeed("out", Some(folder), &payload)
    }

    /// Runs out where it must fail; what it says is seen as it comes.
    pub(crate) fn put_that_fails(&self, folder: &Path, params: Value) -> Result<(), String> {
        let payload = serde_json::json!({"source": self.source, "params": params});
        match self.run("out", Some(folder), &payload)? {
            (true, _) => Err(format!("`{} out` should have failed", self.name)),
            (false, _) => Ok(()),
        }
    }

    fn succeed(&self, verb: &str, folder: Option<&Path>, payload: &Value) -> Result<Value, String> {
        let (succeeded, answer) = self.run(verb, folder, payload)?;
        if succeeded { Ok(answer) } else { Err(format!("`{} {verb}` failed", self.name)) }
    }

    /// Runs a step; its stderr is seen as it comes. Returns whether it succeeded, and what it printed.
    fn run(&self, verb: &str, folder: Option<&Path>, payload: &Value) -> Result<(bool, Value), String> {
        let folder_name = folder.and_then(Path::file_name).map(|name| format!(" {}", name.to_string_lossy()));
        let params = payload.get("params").map(|params| format!("   params: {params}")).unwrap_or_default();
        self.narrator.command(format_args!(
            "{} {verb}{} < payload.json{params}",
            self.name,
            folder_name.unwrap_or_default()
        ));
        let mut command = Command::new(program::path(self.name)?);
        command
            .arg(verb)
            .args(folder)
            .env("TMPDIR", self.temporary.path())
            .stdin(Stdio::piped())
            .stdout(Stdio::piped());
        let started = command.spawn();
        let mut child = started.map_err(|problem| format!("cannot run `{}`: {problem}", self.name))?;
        if let Some(mut stdin) = child.stdin.take() {
            stdin.write_all(payload.to_string().as_bytes()).map_err(|problem| problem.to_string())?;
        }
        let output = child.wait_with_output().map_err(|problem| problem.to_string())?;
        let answer = serde_json::from_slice(&output.stdout).unwrap_or(Value::Null);
        Ok((output.status.success(), answer))
    }
}
