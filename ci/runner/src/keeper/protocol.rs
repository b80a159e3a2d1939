//! What a keeper is told, and what it answers: a line of JSON each, on file descriptor 3.

use std::path::PathBuf;

use serde::{Deserialize, Serialize};

/// The file descriptor that both speak through.
pub(super) const SOCKET: i32 = 3;

/// A process to start.
#[derive(Clone, Debug, Default, Serialize, Deserialize)]
pub(crate) struct Work {
    /// The program and its arguments.
    pub(crate) command: Vec<String>,
    /// Its whole environment.
    pub(crate) environment: Vec<(String, String)>,
    /// Where it runs.
    pub(crate) folder: PathBuf,
    /// Mounts that it sees, made in this order in a namespace of its own. None need no namespace.
    pub(crate) mounts: Vec<Mount>,
    /// Which session it belongs to.
    pub(crate) session: Session,
    /// The container that the command runs, when it is an OCI runtime.
    pub(crate) container: Option<Container>,
}

/// The session that a process belongs to.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Session {
    /// One of its own, without a terminal.
    #[default]
    Own,
    /// One of its own, whose terminal is the process's input.
    Terminal,
    /// That of who started the keeper: somebody types to the process.
    Shared,
}

/// A container to prepare before the command runs it.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub(crate) struct Container {
    /// The folder that the runtime takes it from.
    pub(crate) bundle: PathBuf,
    /// Its configuration; the keeper adds the PID namespace.
    pub(crate) config: serde_json::Value,
    /// Whether a user namespace is needed, since we are not root.
    pub(crate) is_rootless: bool,
    /// Where the runtime writes why it could not start the container.
    pub(crate) log: PathBuf,
    /// Where the runtime notes what it runs, as long as it runs.
    pub(crate) state: PathBuf,
    /// What removes all that the runtime made outside of the container, when the runtime was killed.
    pub(crate) removal: Vec<String>,
}

/// A mount.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(crate) enum Mount {
    /// What is below stays as it is; changes go to a folder of their own.
    Overlay {
        /// What is below.
        lower: PathBuf,
        /// Where changes go.
        upper: PathBuf,
        /// What the file system needs besides: an empty folder beside `upper`.
        scratch: PathBuf,
        /// Where it is seen.
        target: PathBuf,
    },
    /// A folder seen in another place as well.
    Bind {
        /// The folder.
        source: PathBuf,
        /// Where it is seen.
        target: PathBuf,
    },
}

/// What a keeper is told while the process runs.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Order {
    /// Ask the process to end.
    Terminate,
    /// End it.
    Kill,
}

/// How it went.
#[derive(Clone, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) enum Report {
    /// The process ended; a signal counts as 128 and its number.
    Exited(i32),
    /// The process could not be started.
    NotStarted(String),
}
