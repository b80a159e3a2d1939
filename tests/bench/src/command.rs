//! The commands that are measured.

use std::path::{Path, PathBuf};

use serde_json::Value;

/// A command with its label in the table.
#[derive(Clone, Debug)]
pub(crate) struct Measured {
    pub(crate) label: String,
    pub(crate) program: PathBuf,
    pub(crate) arguments: Vec<String>,
    pub(crate) stdin: Vec<u8>,
}

impl Measured {
    /// A program with its arguments.
    pub(crate) fn program(label: &str, program: impl Into<PathBuf>, arguments: &[&str]) -> Self {
        let arguments = arguments.iter().map(|&argument| argument.to_owned()).collect();
        Self { label: label.to_owned(), program: program.into(), arguments, stdin: Vec::new() }
    }

    /// A line of shell: a pipe of peers, or a loop over them.
    pub(crate) fn shell(label: &str, line: &str) -> Self {
        Self::program(label, "/bin/sh", &["-ec", line])
    }

    /// A step of one of our resources.
    pub(crate) fn step(
        label: &str,
        resource: &str,
        verb: &str,
        folder: Option<&Path>,
        payload: &Value,
    ) -> Self {
        let folder = folder.map(|folder| folder.display().to_string());
        let arguments: Vec<&str> = std::iter::once(verb).chain(folder.as_deref()).collect();
        Self { stdin: payload.to_string().into_bytes(), ..Self::program(label, ours(resource), &arguments) }
    }
}

/// Returns where a program of the project is: where a variable of its name says, as `HELM_RELEASE`, or beside this one.
pub(crate) fn ours(name: &str) -> PathBuf {
    if let Some(path) = std::env::var_os(name.to_uppercase().replace('-', "_")) {
        return path.into();
    }
    let own = std::env::current_exe().unwrap_or_default();
    own.with_file_name(name)
}
