//! The folders that stay between runs.

use std::collections::{HashMap, HashSet};
use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::PathBuf;

use super::store::Store;
use super::{Runtime, Settings};
use crate::outcome::{Problem, problem_of};

/// SQLite puts its journal beside it, under names that begin with this one.
const STATE: &str = "state.sqlite";
const RUNS: &str = "runs";
const STORE: &str = "store";
const CACHES: &str = "caches";
const PIPELINES: &str = "pipelines";
const IGNORE: &str = ".gitignore";
/// All that is in a home, but for the state.
const OURS: &[&str] = &[RUNS, STORE, CACHES, PIPELINES, IGNORE];

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
        let about = format!("cannot use the folder `{}`", root.display());
        let failed =
            |error| problem_of(&about, error).hint("name another with `--state FOLDER` or QUAYSIDE_HOME");
        DirBuilder::new().recursive(true).mode(0o700).create(&root).map_err(failed)?;
        let root = root.canonicalize().map_err(failed)?;
        let home = Self { root };
        if home.is_for_this_alone().map_err(failed)? {
            home.keep_others_out().and_then(|()| home.keep_git_out()).map_err(failed)?;
        }
        Ok(home)
    }

    /// Returns whether nothing else is in the folder. Somebody may have named one that is for something else too.
    fn is_for_this_alone(&self) -> io::Result<bool> {
        for entry in fs::read_dir(&self.root)? {
            let name = entry?.file_name();
            let is_ours = OURS.iter().any(|ours| name == **ours) || name.to_string_lossy().starts_with(STATE);
            if !is_ours {
                return Ok(false);
            }
        }
        Ok(true)
    }

    /// Takes the rights of others away from a folder that was there already.
    fn keep_others_out(&self) -> io::Result<()> {
        let found = fs::metadata(&self.root)?;
        let is_private = found.permissions().mode() & 0o077 == 0;
        if is_private || found.uid() != rustix::process::geteuid().as_raw() {
            return Ok(());
        }
        fs::set_permissions(&self.root, Permissions::from_mode(0o700))
    }

    /// A home may lie in a working tree, of which it is no part: it would change with every run.
    fn keep_git_out(&self) -> io::Result<()> {
        let file = self.root.join(IGNORE);
        if file.exists() { Ok(()) } else { fs::write(file, "*\n") }
    }

    /// Returns where runs are noted.
    pub fn state_file(&self) -> PathBuf {
        self.root.join(STATE)
    }

    /// Returns the folder of a run.
    pub fn run_folder(&self, run: i64) -> PathBuf {
        self.root.join(RUNS).join(run.to_string())
    }

    /// Removes fetched versions that nobody used for two weeks.
    pub fn tidy(&self) {
        Store::new(self.store_folder()).tidy();
    }

    fn store_folder(&self) -> PathBuf {
        self.root.join(STORE)
    }

    /// Returns how steps of a run are run when nothing else is asked for: no working tree, no caches that stay.
    pub fn settings(&self, run: i64, keeper: PathBuf, runtime: Runtime) -> Settings {
        Settings {
            keeper,
            runtime,
            run_folder: self.run_folder(run),
            store_folder: self.store_folder(),
            cache_folder: self.root.join(CACHES),
            pipeline_folder: self.root.join(PIPELINES),
            cache_owner: None,
            working_tree: None,
            working_tree_for: HashSet::new(),
            type_images: HashMap::new(),
            programs: HashMap::new(),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::path::Path;

    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_home_is_its_owners_alone_and_no_part_of_a_working_tree() {
        let folder = tempfile::tempdir().unwrap();
        let make = |name: &str, files: &[&str]| {
            let path = folder.path().join(name);
            fs::create_dir(&path).unwrap();
            files.iter().for_each(|file| fs::write(path.join(file), "").unwrap());
            fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
            path
        };
        let alone = [
            folder.path().join("new/below"),
            make("empty", &[]),
            make("used", &["state.sqlite", "state.sqlite-wal", "runs"]),
        ];
        for path in alone {
            let home = Home::open(path.clone()).unwrap();
            assert_eq!(mode(&path), 0o700, "{}", path.display());
            assert_eq!(fs::read_to_string(home.root.join(IGNORE)).unwrap(), "*\n");
        }
        // A folder that is for something else stays as it is, also when it has been a home before.
        for path in [make("other", &["thesis.txt"]), make("again", &["thesis.txt", "state.sqlite", "runs"])] {
            Home::open(path.clone()).unwrap();
            assert_eq!(mode(&path), 0o755, "{}", path.display());
            assert!(!path.join(IGNORE).exists(), "{}", path.display());
        }
    }
}
