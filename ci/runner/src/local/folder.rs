//! A folder of the user's in place of an artifact.

use std::fs;
use std::io;
use std::path::{Path, PathBuf};

use super::copy::{copy_entry, copy_folder, is_within};
use super::repository;
use crate::outcome::{Problem, problem_of};
use crate::volume::Volume;

/// What of a folder is taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Selection {
    /// In a git working tree, all but what `.gitignore` excludes; elsewhere everything.
    WithoutIgnored,
    /// Everything.
    Everything,
}

/// Takes a copy of a folder, so that nothing a step does changes the folder itself.
///
/// # Errors
/// It is no folder, cannot be copied, or the copy would be in it.
pub fn take_folder(folder: &Path, into: &Path, selection: Selection) -> Result<Volume, Problem> {
    let shown = folder.display();
    if !folder.is_dir() {
        return Err(Problem::new(format!("`{shown}` is not a folder")));
    }
    let about = format!("cannot copy `{shown}`");
    let root = folder.canonicalize().map_err(|error| problem_of(&about, error))?;
    let chosen = match selection {
        Selection::WithoutIgnored => not_ignored(&root).map_err(|error| problem_of(&about, error))?,
        Selection::Everything => None,
    };
    if chosen.is_none() && is_within(into, &root) {
        return Err(Problem::new(format!(
            "`{shown}` holds what quayside remembers, which cannot be copied into itself"
        ))
        .hint("keep that elsewhere: `--state FOLDER`"));
    }
    let copied = match chosen {
        None => copy_folder(&root, into),
        Some(paths) => copy_paths(&root, &paths, into),
    };
    copied.map_err(|error| problem_of(&about, error))?;
    Ok(Volume::new(into))
}

fn copy_paths(root: &Path, paths: &[PathBuf], into: &Path) -> io::Result<()> {
    fs::create_dir_all(into)?;
    for path in paths {
        let to = into.join(path);
        if let Some(parent) = to.parent() {
            fs::create_dir_all(parent)?;
        }
        copy_entry(&root.join(path), &to)?;
    }
    Ok(())
}

/// Returns what git would not ignore below a folder; nothing when the folder is in no working tree.
fn not_ignored(folder: &Path) -> Result<Option<Vec<PathBuf>>, git2::Error> {
    let Some(repository) = repository::around(folder) else { return Ok(None) };
    let root = repository.workdir().and_then(|root| root.canonicalize().ok());
    let Some(below) = root.as_deref().and_then(|root| folder.strip_prefix(root).ok()) else {
        return Ok(None);
    };
    let paths = repository::not_ignored(&repository)?;
    Ok(Some(paths.iter().filter_map(|path| path.strip_prefix(below).ok()).map(Path::to_owned).collect()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn files(folder: &Path) -> Vec<String> {
        let entries = fs::read_dir(folder).unwrap().flatten();
        let mut names: Vec<String> = entries.map(|entry| entry.file_name().into_string().unwrap()).collect();
        names.sort();
        names
    }

    #[test]
    fn a_folder_in_a_working_tree_comes_without_what_git_ignores() {
        let folder = tempfile::tempdir().unwrap();
        let repository = git2::Repository::init(folder.path()).unwrap();
        let app = folder.path().join("app");
        fs::create_dir(&app).unwrap();
        for (file, text) in [(".gitignore", "*.log\n"), ("outside", "x")] {
            fs::write(folder.path().join(file), text).unwrap();
        }
        for file in ["tracked", "untracked", "x.log", "gone"] {
            fs::write(app.join(file), "x").unwrap();
        }
        let mut index = repository.index().unwrap();
        index.add_path(Path::new("app/tracked")).unwrap();
        index.add_path(Path::new("app/gone")).unwrap();
        index.write().unwrap();
        fs::remove_file(app.join("gone")).unwrap();
        let into = tempfile::tempdir().unwrap();
        let cases = [
            (Selection::WithoutIgnored, vec!["tracked", "untracked"]),
            (Selection::Everything, vec!["tracked", "untracked", "x.log"]),
        ];
        for (selection, expected) in cases {
            let into = into.path().join(format!("{selection:?}"));
            take_folder(&app, &into, selection).unwrap();
            assert_eq!(files(&into), expected, "{selection:?}");
        }
    }

    #[test]
    fn a_folder_is_not_copied_into_itself() {
        let folder = tempfile::tempdir().unwrap();
        let into = folder.path().join("state/runs/1");
        fs::create_dir_all(&into).unwrap();
        fs::write(folder.path().join("file"), "x").unwrap();
        let refused = take_folder(folder.path(), &into.join("0"), Selection::WithoutIgnored).unwrap_err();
        assert!(refused.to_string().ends_with("cannot be copied into itself"), "{refused}");
        // In a working tree only what is named is copied, and git does not name what it ignores.
        git2::Repository::init(folder.path()).unwrap();
        fs::write(folder.path().join("state/.gitignore"), "*\n").unwrap();
        take_folder(folder.path(), &into.join("1"), Selection::WithoutIgnored).unwrap();
        assert_eq!(files(&into.join("1")), ["file"]);
        let refused = take_folder(folder.path(), &into.join("2"), Selection::Everything).unwrap_err();
        assert!(refused.to_string().ends_with("cannot be copied into itself"), "{refused}");
    }

    #[test]
    fn what_is_no_folder_is_refused() {
        let file = tempfile::NamedTempFile::new().unwrap();
        for path in [file.path(), Path::new("/no/such/folder")] {
            let refused = take_folder(path, Path::new("/nowhere"), Selection::Everything).unwrap_err();
            assert_eq!(refused.to_string(), format!("`{}` is not a folder", path.display()));
        }
    }
}
