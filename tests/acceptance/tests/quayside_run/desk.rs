//! A folder with a pipeline, and a memory of its own.

use std::path::PathBuf;
use std::process::{Command, Output, Stdio};

use acceptance::program;
use stack::Folder;

/// A folder with a pipeline, and a memory of its own.
pub(crate) struct Desk {
    pub(crate) folder: Folder,
    /// Where runs are remembered.
    pub(crate) home: Folder,
    program: PathBuf,
    environment: Vec<(String, String)>,
}

/// What a command came to.
pub(crate) struct Ended {
    pub(crate) code: i32,
    pub(crate) stdout: String,
    pub(crate) stderr: String,
}

impl Desk {
    /// Makes a folder with `pipeline.yml`.
    pub(crate) fn with(pipeline: &str) -> Self {
        let folder = Folder::new("desk");
        folder.write("pipeline.yml", pipeline);
        Self { folder, home: Folder::new("home"), program: program("quayside"), environment: Vec::new() }
    }

    /// Adds a variable to the environment of commands.
    pub(crate) fn environment(mut self, name: &str, value: &str) -> Self {
        self.environment.push((name.into(), value.into()));
        self
    }

    /// Prepares a command; tasks run straight on this machine.
    pub(crate) fn command(&self, line: &str) -> Command {
        let mut command = Command::new(&self.program);
        command.args(line.split_whitespace()).current_dir(self.folder.path()).env_clear();
        command.env("PATH", std::env::var_os("PATH").unwrap_or_default());
        command.env("QUAYSIDE_HOME", self.home.path());
        command.envs(self.environment.iter().map(|(name, value)| (name, value)));
        command.stdin(Stdio::null());
        command
    }

    /// Runs a command to its end, words parted by blanks.
    pub(crate) fn quayside(&self, line: &str) -> Ended {
        Ended::of(&self.command(line).output().unwrap())
    }

    /// Runs `quayside run … -c pipeline.yml` without containers.
    pub(crate) fn run(&self, line: &str) -> Ended {
        self.quayside(&format!("run {line} -c pipeline.yml --runtime process"))
    }

    /// Reads a file below the folder; nothing when it is not there.
    pub(crate) fn read(&self, path: &str) -> Option<String> {
        std::fs::read_to_string(self.folder.path().join(path)).ok()
    }

    /// Makes a file below the folder, and the folders above it.
    pub(crate) fn write(&self, path: &str, text: &str) {
        let path = self.folder.path().join(path);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, text).unwrap();
    }
}

impl Ended {
    fn of(output: &Output) -> Self {
        Self {
            code: output.status.code().unwrap_or(-1),
            stdout: String::from_utf8_lossy(&output.stdout).into_owned(),
            stderr: String::from_utf8_lossy(&output.stderr).into_owned(),
        }
    }

    /// Fails unless the command ended so.
    #[track_caller]
    pub(crate) fn ended(self, code: i32) -> Self {
        assert_eq!(self.code, code, "{}\n{}", self.stdout, self.stderr);
        self
    }

    /// Fails unless all of this was said on standard output.
    #[track_caller]
    pub(crate) fn said(self, all: &[&str]) -> Self {
        for text in all {
            assert!(self.stdout.contains(text), "`{text}` in\n{}\n{}", self.stdout, self.stderr);
        }
        self
    }

    /// Fails if any of this was said anywhere.
    #[track_caller]
    pub(crate) fn kept_quiet(self, all: &[&str]) -> Self {
        for text in all {
            assert!(
                !self.stdout.contains(text) && !self.stderr.contains(text),
                "`{text}` in\n{}",
                self.stdout
            );
        }
        self
    }

    /// Fails unless all of this was complained of.
    #[track_caller]
    pub(crate) fn complained(self, all: &[&str]) -> Self {
        for text in all {
            assert!(self.stderr.contains(text), "`{text}` in\n{}\n{}", self.stderr, self.stdout);
        }
        self
    }
}
