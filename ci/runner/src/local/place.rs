//! Where a step finds its inputs and leaves its outputs, when it runs without a container.
//!
//! Each input is seen as a copy. With a mount namespace that is an overlay, which copies nothing; without one, files
//! are copied.

use std::fs;
use std::io;
use std::path::{Component, Path, PathBuf};

use super::copy::copy_folder;
use super::remove::remove_folder;
use crate::keeper::Mount;
use crate::outcome::{Problem, problem_of};
use crate::volume::Volume;

/// A folder of a step, with all that it sees.
pub(super) struct Place {
    /// Where the step's own files are: changes to inputs, and what overlays need.
    own: PathBuf,
    /// Where the step works.
    pub(super) folder: PathBuf,
    has_overlays: bool,
    wanted: Vec<Wanted>,
}

/// Something that the step sees at a path below its folder.
struct Wanted {
    path: PathBuf,
    what: What,
}

enum What {
    /// A folder that stays as it is.
    Input(PathBuf),
    /// A folder that the step changes, and that stays.
    Kept(PathBuf),
}

impl Place {
    /// Makes a place below `own`.
    pub(super) fn new(own: &Path, has_overlays: bool) -> Result<Self, Problem> {
        let folder = own.join("work");
        fs::create_dir_all(&folder).map_err(|error| problem_of("cannot make the step's folder", error))?;
        Ok(Self { own: own.to_owned(), folder, has_overlays, wanted: Vec::new() })
    }

    /// Adds an input at a path below the folder.
    ///
    /// # Errors
    /// The path is not below the folder.
    pub(super) fn input(&mut self, path: &Path, volume: &Volume) -> Result<(), Problem> {
        self.add(path, What::Input(volume.folder().to_owned()))
    }

    /// Adds a folder that stays, at a path below the folder.
    ///
    /// # Errors
    /// The path is not below the folder.
    pub(super) fn kept(&mut self, path: &Path, folder: &Path) -> Result<(), Problem> {
        self.add(path, What::Kept(folder.to_owned()))
    }

    fn add(&mut self, path: &Path, what: What) -> Result<(), Problem> {
        if !path.components().all(|part| matches!(part, Component::Normal(_) | Component::CurDir)) {
            return Err(Problem::new(format!("`{}` lies outside of the step's folder", path.display()))
                .hint("give the artifact a name without `..` and without a `/` at its start"));
        }
        self.wanted.push(Wanted { path: path.to_owned(), what });
        Ok(())
    }

    /// Prepares everything. Returns the mounts that the process needs.
    pub(super) fn prepare(&mut self) -> Result<Vec<Mount>, Problem> {
        self.wanted.sort_by(|one, other| one.path.cmp(&other.path));
        let prepared = if self.has_overlays { self.mounts() } else { self.copies().map(|()| Vec::new()) };
        prepared.map_err(|error| problem_of("cannot prepare the step's inputs", error))
    }

    /// Takes what the step left out of its folder, where it was not mounted from outside.
    pub(super) fn collect(&self) -> Result<(), Problem> {
        if self.has_overlays {
            return Ok(());
        }
        // The deepest first, before a folder around it goes.
        for wanted in self.wanted.iter().rev() {
            if let What::Kept(folder) = &wanted.what {
                let place = self.folder.join(&wanted.path);
                replace(&place, folder)
                    .map_err(|error| problem_of("cannot keep the step's outputs", error))?;
            }
        }
        Ok(())
    }

    fn mounts(&self) -> io::Result<Vec<Mount>> {
        let mut mounts = Vec::new();
        for (index, wanted) in self.wanted.iter().enumerate() {
            let target = self.folder.join(&wanted.path);
            match &wanted.what {
                What::Kept(folder) => mounts.push(Mount::Bind { source: folder.clone(), target }),
                What::Input(lower) => {
                    let (upper, scratch) = changes(&self.own, index)?;
                    mounts.push(Mount::Overlay { lower: lower.clone(), upper, scratch, target });
                }
            }
        }
        Ok(mounts)
    }

    fn copies(&self) -> io::Result<()> {
        for wanted in &self.wanted {
            let (What::Input(folder) | What::Kept(folder)) = &wanted.what;
            put_over(folder, &self.folder.join(&wanted.path))?;
        }
        Ok(())
    }
}

/// Makes the two folders that an overlay needs for changes.
pub(super) fn changes(own: &Path, index: usize) -> io::Result<(PathBuf, PathBuf)> {
    let (upper, scratch) = (own.join(format!("changes-{index}")), own.join(format!("scratch-{index}")));
    fs::create_dir_all(&upper)?;
    fs::create_dir_all(&scratch)?;
    Ok((upper, scratch))
}

/// Copies a folder to a place. What is there already goes: a mount would hide it.
fn put_over(folder: &Path, target: &Path) -> io::Result<()> {
    if target.symlink_metadata().is_ok() {
        remove_folder(target)?;
    }
    if let Some(parent) = target.parent() {
        fs::create_dir_all(parent)?;
    }
    copy_folder(folder, target)
}

/// Moves a folder over another. What the step made something else of does not count.
fn replace(from: &Path, to: &Path) -> io::Result<()> {
    if !from.symlink_metadata().is_ok_and(|found| found.is_dir()) {
        return Ok(());
    }
    if to.symlink_metadata().is_ok() {
        remove_folder(to)?;
    }
    match fs::rename(from, to) {
        // Caches may be on another file system.
        Err(error) if error.kind() == io::ErrorKind::CrossesDevices => copy_folder(from, to),
        renamed => renamed,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_lies_outside_is_refused() {
        let own = tempfile::tempdir().unwrap();
        let mut place = Place::new(own.path(), false).unwrap();
        let volume = Volume::new(own.path());
        let cases =
            [("a", true), ("a/b", true), ("", true), ("../x", false), ("/etc", false), ("a/../../x", false)];
        for (path, is_fine) in cases {
            assert_eq!(place.input(Path::new(path), &volume).is_ok(), is_fine, "{path}");
        }
    }

    #[test]
    fn copies_do_for_overlays() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name);
        for name in ["input/sub", "output", "cache"] {
            fs::create_dir_all(path(name)).unwrap();
        }
        fs::write(path("input/file"), "input").unwrap();
        fs::write(path("cache/warm"), "cache").unwrap();
        let mut place = Place::new(&path("own"), false).unwrap();
        place.input(Path::new("in"), &Volume::new(path("input"))).unwrap();
        place.kept(Path::new("in/sub"), &path("output")).unwrap();
        place.kept(Path::new("cache"), &path("cache")).unwrap();
        assert_eq!(place.prepare().unwrap(), []);
        let work = place.folder.clone();
        assert_eq!(fs::read_to_string(work.join("cache/warm")).unwrap(), "cache");
        fs::write(work.join("in/file"), "changed").unwrap();
        fs::write(work.join("in/sub/made"), "made").unwrap();
        place.collect().unwrap();
        assert_eq!(fs::read_to_string(path("input/file")).unwrap(), "input");
        assert_eq!(fs::read_to_string(path("output/made")).unwrap(), "made");
        assert_eq!(fs::read_to_string(path("cache/warm")).unwrap(), "cache");
    }
}
