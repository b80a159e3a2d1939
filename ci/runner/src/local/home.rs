//! The folders that stay between runs.

use std::collections::{HashMap, HashSet};
use std::fs::DirBuilder;
use std::os::unix::fs::DirBuilderExt;
use std::path::PathBuf;

use super::store::Store;
use super::{Runtime, Settings};
use crate::outcome::{Problem, problem_of};

/// The folder of all that stays between runs. Only its owner can look into it: there are secrets in fetched versions.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Home {
    root: PathBuf,
}

impl Home {
    /// Returns where the home of this user is: `QUAYSIDE_HOME`, else `quayside` in the XDG folder for state.
    pub fn default_root() -> Option<PathBuf> {
        let folder = |name: &str| std::env::var_os(name).filter(|value| !value.is_empty()).map(PathBuf::from);
        folder("QUAYSIDE_HOME")
            .or_else(|| folder("XDG_STATE_HOME").map(|state| state.join("quayside")))
            .or_else(|| folder("HOME").map(|home| home.join(".local/state/quayside")))
    }

    /// Makes a home, or finds it.
    ///
    /// # Errors
    /// The folder cannot be made.
    pub fn open(root: PathBuf) -> Result<Self, Problem> {
        let about = format!("cannot make the folder `{}`", root.display());
        DirBuilder::new()
            .recursive(true)
            .mode(0o700)
            .create(&root)
            .map_err(|error| problem_of(&about, error))?;
        let root = root.canonicalize().map_err(|error| problem_of(&about, error))?;
        Ok(Self { root })
    }

    /// Returns where runs are noted.
    pub fn state_file(&self) -> PathBuf {
        self.root.join("state.sqlite")
    }

    /// Returns the folder of a run.
    pub fn run_folder(&self, run: i64) -> PathBuf {
        self.root.join("runs").join(run.to_string())
    }

    /// Removes fetched versions that nobody used for two weeks.
    pub fn tidy(&self) {
        Store::new(self.store_folder()).tidy();
    }

    fn store_folder(&self) -> PathBuf {
        self.root.join("store")
    }

    /// Returns how steps of a run are run when nothing else is asked for: no working tree, no caches that stay.
    pub fn settings(&self, run: i64, keeper: PathBuf, runtime: Runtime) -> Settings {
        Settings {
            keeper,
            runtime,
            run_folder: self.run_folder(run),
            store_folder: self.store_folder(),
            cache_folder: self.root.join("caches"),
            pipeline_folder: self.root.join("pipelines"),
            cache_owner: None,
            working_tree: None,
            working_tree_for: HashSet::new(),
            type_images: HashMap::new(),
            programs: HashMap::new(),
        }
    }
}
