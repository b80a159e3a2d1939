//! The folders that stay between runs.

use std::collections::{HashMap, HashSet};
use std::fs::{self, DirBuilder, Permissions};
use std::io;
use std::os::unix::fs::{DirBuilderExt, MetadataExt, PermissionsExt};
use std::path::{Path, PathBuf};

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
        let about = format!("cannot use the folder `{}`", root.display());
        let failed =
            |error| problem_of(&about, error).hint("name another with `--state FOLDER` or QUAYSIDE_HOME");
        DirBuilder::new().recursive(true).mode(0o700).create(&root).map_err(failed)?;
        let root = root.canonicalize().map_err(failed)?;
        let home = Self { root };
        home.keep_others_out().and_then(|()| keep_git_out(&home.root)).map_err(failed)?;
        Ok(home)
    }

    /// Takes the rights of others away from a folder that was there already, if it is for this alone.
    fn keep_others_out(&self) -> io::Result<()> {
        let found = fs::metadata(&self.root)?;
        let is_private = found.permissions().mode() & 0o077 == 0;
        if is_private || found.uid() != rustix::process::geteuid().as_raw() {
            return Ok(());
        }
        let is_ours = self.state_file().exists() || fs::read_dir(&self.root)?.next().is_none();
        if is_ours { fs::set_permissions(&self.root, Permissions::from_mode(0o700)) } else { Ok(()) }
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

/// A home may lie in a working tree, of which it is no part: it would change with every run.
fn keep_git_out(root: &Path) -> io::Result<()> {
    let file = root.join(".gitignore");
    if file.exists() { Ok(()) } else { fs::write(file, "*\n") }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn mode(path: &Path) -> u32 {
        fs::metadata(path).unwrap().permissions().mode() & 0o777
    }

    #[test]
    fn a_home_is_its_owners_alone() {
        let folder = tempfile::tempdir().unwrap();
        let make = |name: &str, file: Option<&str>| {
            let path = folder.path().join(name);
            fs::create_dir(&path).unwrap();
            if let Some(file) = file {
                fs::write(path.join(file), "").unwrap();
            }
            fs::set_permissions(&path, Permissions::from_mode(0o755)).unwrap();
            path
        };
        let cases = [
            (folder.path().join("new/below"), 0o700),
            (make("empty", None), 0o700),
            (make("used", Some("state.sqlite")), 0o700),
            // It is somebody's for something else.
            (make("other", Some("thesis.txt")), 0o755),
        ];
        for (path, expected) in cases {
            let home = Home::open(path.clone()).unwrap();
            assert_eq!(mode(&path), expected, "{}", path.display());
            assert_eq!(fs::read_to_string(home.root.join(".gitignore")).unwrap(), "*\n");
        }
    }
}
