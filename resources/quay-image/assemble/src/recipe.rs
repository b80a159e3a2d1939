//! What to assemble.

use std::collections::BTreeMap;
use std::path::PathBuf;

use oci_registry::Platform;

use crate::{ImagePath, Owner, Port, SourceDate};

/// What to assemble on a base. What is `None` or empty stays as the base has it.
#[derive(Clone, Debug, Default)]
pub struct Recipe {
    /// What becomes a layer each, lowest first.
    pub layers: Vec<Placed>,
    /// The program and its first arguments. An empty list removes the base's. The base's `cmd` goes with its entrypoint.
    pub entrypoint: Option<Vec<String>>,
    /// The default arguments. An empty list removes the base's.
    pub cmd: Option<Vec<String>>,
    /// Variables to set.
    pub env: BTreeMap<String, String>,
    /// Who runs the program: a name or number, with `:group` if need be.
    pub user: Option<String>,
    /// Where the program starts.
    pub working_dir: Option<ImagePath>,
    /// Labels to add.
    pub labels: BTreeMap<String, String>,
    /// Ports that the program listens on.
    pub ports: Vec<Port>,
    /// The time of all files and of the image.
    pub source_date: SourceDate,
    /// Where the source code is: a URL.
    pub source: Option<String>,
    /// The source code's revision.
    pub revision: Option<String>,
    /// The version of what is packed.
    pub version: Option<String>,
}

/// A folder or file, and where it goes.
#[derive(Clone, Debug)]
pub struct Placed {
    /// The folder or file, with no link in its path.
    pub from: PathBuf,
    /// What a folder's content lies below, or a file's full name.
    pub to: ImagePath,
    /// Whose all of it is.
    pub owner: Owner,
    /// What its modes become.
    pub modes: Modes,
    /// For which platform it is; `None` for all.
    pub platform: Option<Platform>,
}

/// What the modes of files and folders become.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub enum Modes {
    /// 0755 for folders and for files that their owner may run, 0644 for others: no umask shows.
    #[default]
    Normal,
    /// As they are on disk, with setuid, setgid and sticky bits.
    Kept,
}
