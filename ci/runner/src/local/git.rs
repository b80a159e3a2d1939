//! A `git` resource whose repository is here: the working tree as it is, changes included.

use std::fs::{self, File};
use std::io::{self, Read};
use std::os::unix::fs::PermissionsExt;
use std::path::{Component, Path, PathBuf};

use git2::Repository;
use git2::build::{CheckoutBuilder, CloneLocal, RepoBuilder};
use sha2::{Digest, Sha256};

use super::copy::copy_entry;
use super::remove::remove_folder;
use super::repository;
use crate::outcome::{Problem, problem_of};
use crate::version::{Metadata, Version};

/// A working tree.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct WorkingTree {
    root: PathBuf,
    remotes: Vec<String>,
}

/// The field of a version that stands for changes which are not committed.
const CHANGES: &str = "changes";

impl WorkingTree {
    /// Returns the working tree that a folder is in.
    pub fn around(folder: &Path) -> Option<Self> {
        let repository = repository::around(folder)?;
        let root = repository.workdir()?.to_owned();
        let names = repository.remotes().ok()?;
        let urls = names.iter().flatten().flatten().filter_map(|name| {
            let remote = repository.find_remote(name).ok()?;
            remote.url().ok().map(str::to_owned)
        });
        Some(Self { remotes: urls.collect(), root })
    }

    /// Returns whether a `uri` is that of this working tree: one of its remotes, or, without remotes, one that ends in
    /// the folder's name.
    pub fn is_of(&self, uri: &str) -> bool {
        let wanted = normalised(uri);
        if self.remotes.iter().any(|remote| normalised(remote) == wanted) {
            return true;
        }
        let folder = self.root.file_name().and_then(|name| name.to_str()).unwrap_or_default();
        self.remotes.is_empty() && wanted.rsplit('/').next() == Some(&folder.to_ascii_lowercase())
    }

    /// Returns the present state as a version: the commit, and what differs from it.
    pub(super) fn version(&self) -> Result<Version, Problem> {
        let repository = self.open()?;
        let mut fields = vec![("ref".to_owned(), self.commit(&repository)?)];
        let changes = self.changes(&repository)?;
        if !changes.is_empty() {
            fields.push((CHANGES.to_owned(), self.hash(&changes)?));
        }
        Ok(fields.into_iter().collect())
    }

    /// Makes a clone with the changes on top. Only the present state is there.
    pub(super) fn get(&self, version: &Version, into: &Path) -> Result<Vec<Metadata>, Problem> {
        let failed = |error| problem_of("cannot clone the working tree", error);
        let clone = self.clone_into(into)?;
        let wanted = version.get("ref").unwrap_or_default();
        let commit =
            clone.revparse_single(wanted).and_then(|object| object.peel_to_commit()).map_err(failed)?;
        clone.set_head_detached(commit.id()).map_err(failed)?;
        clone.checkout_head(Some(CheckoutBuilder::new().force())).map_err(failed)?;
        if version.get(CHANGES).is_some() {
            if self.version()? != *version {
                return Err(Problem::new("the working tree changed since its version was taken")
                    .hint("run it again; a version with changes can be had only while they are there"));
            }
            self.copy_changes(into)?;
        }
        write_notes(into, &commit)
    }

    /// Clones the repository that the working tree belongs to, which lies elsewhere for one of several trees.
    fn clone_into(&self, into: &Path) -> Result<Repository, Problem> {
        let repository = self.open()?;
        let url = format!("file://{}", repository.commondir().display());
        let cloned = RepoBuilder::new().clone_local(CloneLocal::Local).clone(&url, into);
        cloned.map_err(|error| problem_of("cannot clone the working tree", error))
    }

    fn open(&self) -> Result<Repository, Problem> {
        Repository::open(&self.root).map_err(|error| problem_of("cannot open the working tree", error))
    }

    fn commit(&self, repository: &Repository) -> Result<String, Problem> {
        let head = repository.head().and_then(|head| head.peel_to_commit());
        head.map(|commit| commit.id().to_string()).map_err(|error| {
            problem_of("the working tree has no commit", error).hint("commit something first")
        })
    }

    /// Returns the paths that differ from the commit, each with whether it is there.
    fn changes(&self, repository: &Repository) -> Result<Vec<(PathBuf, bool)>, Problem> {
        let changed =
            repository::changed(repository).map_err(|error| problem_of("cannot see changes", error))?;
        let is_there = |path: &PathBuf| self.root.join(path).symlink_metadata().is_ok();
        let inside = changed.into_iter().filter(|path| is_inside(path));
        Ok(inside.map(|path| (path.clone(), is_there(&path))).collect())
    }

    fn hash(&self, changes: &[(PathBuf, bool)]) -> Result<String, Problem> {
        let mut hash = Sha256::new();
        for (path, is_there) in changes {
            hash.update(path.as_os_str().as_encoded_bytes());
            hash.update([0, u8::from(*is_there)]);
            if *is_there {
                let content = content_hash(&self.root.join(path));
                hash.update(
                    content
                        .map_err(|error| problem_of(&format!("cannot read `{}`", path.display()), error))?,
                );
            }
        }
        Ok(hash.finalize()[..8].iter().map(|byte| format!("{byte:02x}")).collect())
    }

    fn copy_changes(&self, into: &Path) -> Result<(), Problem> {
        let failed = |error| problem_of("cannot copy changes", error);
        for (path, is_there) in self.changes(&self.open()?)? {
            let (from, to) = (self.root.join(&path), into.join(&path));
            if to.symlink_metadata().is_ok() {
                remove_folder(&to).map_err(failed)?;
            }
            if is_there {
                if let Some(parent) = to.parent() {
                    fs::create_dir_all(parent).map_err(failed)?;
                }
                copy_entry(&from, &to).map_err(failed)?;
            }
        }
        Ok(())
    }
}

/// Returns what tells the state of a file or link from others: its content, and whether it can be run.
fn content_hash(path: &Path) -> io::Result<Vec<u8>> {
    let metadata = path.symlink_metadata()?;
    let mut hash = Sha256::new();
    if metadata.is_symlink() {
        hash.update(fs::read_link(path)?.as_os_str().as_encoded_bytes());
    } else if metadata.is_file() {
        hash.update([u8::from(metadata.permissions().mode() & 0o100 != 0)]);
        let mut file = File::open(path)?;
        let mut piece = vec![0; 64 * 1024];
        loop {
            match file.read(&mut piece)? {
                0 => break,
                read => hash.update(&piece[..read]),
            }
        }
    }
    Ok(hash.finalize().to_vec())
}

/// Writes what Concourse's git resource leaves beside the files.
fn write_notes(into: &Path, commit: &git2::Commit<'_>) -> Result<Vec<Metadata>, Problem> {
    let id = commit.id().to_string();
    let author = commit.author();
    let name = author.name().unwrap_or_default().to_owned();
    let email = author.email().unwrap_or_default().to_owned();
    let message = commit.message().unwrap_or_default().to_owned();
    let notes = [
        ("ref", id.clone()),
        ("short_ref", id[..7].to_owned()),
        ("committer", email.clone()),
        ("committer_name", name.clone()),
        ("commit_message", message.clone()),
    ];
    for (file, text) in notes {
        let written = fs::write(into.join(".git").join(file), format!("{text}\n"));
        written.map_err(|error| problem_of("cannot write", error))?;
    }
    let facts = [("commit", id), ("author", name), ("message", message)];
    Ok(facts.map(|(name, value)| Metadata { name: name.into(), value }).into())
}

fn is_inside(path: &Path) -> bool {
    path.components().all(|part| matches!(part, Component::Normal(_)))
}

/// Makes the ways to write a repository's address alike: `git@host:a/b.git` and `https://host/a/b`.
fn normalised(uri: &str) -> String {
    let without_scheme = uri.split_once("://").map_or(uri, |(_, rest)| rest);
    let without_user = without_scheme.rsplit_once('@').map_or(without_scheme, |(_, rest)| rest);
    without_user.replace(':', "/").trim_end_matches('/').trim_end_matches(".git").to_ascii_lowercase()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn repository() -> (tempfile::TempDir, WorkingTree) {
        let folder = tempfile::tempdir().unwrap();
        let repository = Repository::init(folder.path()).unwrap();
        fs::write(folder.path().join("kept"), "one").unwrap();
        fs::write(folder.path().join("gone"), "one").unwrap();
        fs::write(folder.path().join(".gitignore"), "ignored\n").unwrap();
        let mut index = repository.index().unwrap();
        index.add_all(["*"], git2::IndexAddOption::DEFAULT, None).unwrap();
        index.write().unwrap();
        let tree = repository.find_tree(index.write_tree().unwrap()).unwrap();
        let author = git2::Signature::now("A", "a@example.com").unwrap();
        repository.commit(Some("HEAD"), &author, &author, "first", &tree, &[]).unwrap();
        let tree = WorkingTree::around(folder.path()).unwrap();
        (folder, tree)
    }

    #[test]
    fn changes_come_along_and_what_is_ignored_does_not() {
        let (folder, tree) = repository();
        let clean = tree.version().unwrap();
        assert_eq!(clean.get(CHANGES), None);
        fs::write(folder.path().join("kept"), "two").unwrap();
        fs::write(folder.path().join("new"), "new").unwrap();
        fs::write(folder.path().join("ignored"), "x").unwrap();
        fs::remove_file(folder.path().join("gone")).unwrap();
        let changed = tree.version().unwrap();
        assert_ne!(changed, clean);
        let into = tempfile::tempdir().unwrap();
        tree.get(&changed, into.path()).unwrap();
        let read = |name: &str| fs::read_to_string(into.path().join(name)).ok();
        assert_eq!(read("kept").as_deref(), Some("two"));
        assert_eq!(read("new").as_deref(), Some("new"));
        assert_eq!((read("gone"), read("ignored")), (None, None));
        assert_eq!(read(".git/ref").unwrap().trim(), changed.get("ref").unwrap());
        let into = tempfile::tempdir().unwrap();
        tree.get(&clean, into.path()).unwrap();
        assert_eq!(fs::read_to_string(into.path().join("kept")).unwrap(), "one");
    }

    #[test]
    fn a_change_of_rights_is_a_change() {
        let (folder, tree) = repository();
        fs::write(folder.path().join("new"), "x").unwrap();
        let before = tree.version().unwrap();
        fs::set_permissions(folder.path().join("new"), fs::Permissions::from_mode(0o755)).unwrap();
        assert_ne!(tree.version().unwrap(), before);
        let into = tempfile::tempdir().unwrap();
        let late = tree.get(&before, into.path()).unwrap_err();
        assert_eq!(late.to_string(), "the working tree changed since its version was taken");
    }

    #[test]
    fn one_of_several_working_trees_will_do() {
        let (folder, _) = repository();
        let beside = tempfile::tempdir().unwrap();
        let path = beside.path().join("tree");
        Repository::open(folder.path()).unwrap().worktree("tree", &path, None).unwrap();
        fs::write(path.join("kept"), "two").unwrap();
        let tree = WorkingTree::around(&path).unwrap();
        let into = tempfile::tempdir().unwrap();
        tree.get(&tree.version().unwrap(), into.path()).unwrap();
        assert_eq!(fs::read_to_string(into.path().join("kept")).unwrap(), "two");
    }

    #[test]
    fn a_resource_is_of_the_tree_by_its_address() {
        let (folder, without_remotes) = repository();
        let name = folder.path().file_name().unwrap().to_str().unwrap();
        assert!(without_remotes.is_of(&format!("https://example.com/team/{name}.git")));
        assert!(!without_remotes.is_of("https://example.com/team/other"));
        Repository::open(folder.path()).unwrap().remote("origin", "git@example.com:team/app.git").unwrap();
        let tree = WorkingTree::around(folder.path()).unwrap();
        assert!(tree.is_of("https://example.com/team/app"));
        assert!(!tree.is_of(&format!("https://example.com/team/{name}")));
    }

    #[test]
    fn addresses_of_one_repository_are_alike() {
        let same = [
            "git@github.com:Team/app.git",
            "https://github.com/team/app",
            "ssh://git@github.com/team/app.git/",
        ];
        for address in same {
            assert_eq!(normalised(address), "github.com/team/app", "{address}");
        }
    }
}
