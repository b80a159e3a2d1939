//! Versions and folders that somebody gave for gets.

use std::collections::{BTreeMap, HashMap};

use runner::engine::Input;
use runner::scheduling::{Choice, Used, Wanted};
use runner::version::Version;
use runner::volume::Volume;

use crate::failure::Failure;
use crate::inputs::pair;

/// What was given, by the names of gets or resources.
#[derive(Clone, Debug, Default)]
pub(crate) struct Given {
    versions: BTreeMap<String, Version>,
    folders: BTreeMap<String, Volume>,
    /// Whether gets take versions that did not pass the jobs they ask for.
    assumes_passed: bool,
    /// What folders are called in the record of runs: no other run has the same.
    run: i64,
}

/// The field of a version that stands for a folder in place of one.
const FOLDER: &str = "folder in place of a version";

impl Given {
    /// Reads `NAME=FIELD:VALUE,…`.
    pub(crate) fn new(versions: &[String], assumes_passed: bool) -> Result<Self, Failure> {
        let mut given = Self { assumes_passed, ..Self::default() };
        for argument in versions {
            let (name, version) = pair(argument, "--version")?;
            let version = Version::parse(version).map_err(Failure::new)?;
            given.versions.insert(name.to_owned(), version);
        }
        Ok(given)
    }

    /// Adds folders, which a run is to see.
    pub(crate) fn with_folders(self, folders: BTreeMap<String, Volume>, run: i64) -> Self {
        Self { folders, run, ..self }
    }

    /// Returns the run that took the folders.
    pub(crate) fn run(&self) -> i64 {
        self.run
    }

    /// Returns the names for which a version is given.
    pub(crate) fn names(&self) -> impl Iterator<Item = &str> {
        self.versions.keys().map(String::as_str)
    }

    /// Puts what is given into what gets ask for. Folders take part under a version that stands for them, so that
    /// jobs which ask for what passed an earlier job get them too.
    pub(crate) fn put_into(&self, wanted: &mut [Wanted]) {
        for one in wanted {
            if self.assumes_passed {
                one.passed.clear();
            }
            if let Some(version) = of(&self.versions, one) {
                one.choice = Choice::Given(version.clone());
            } else if self.folder_of(one).is_some() {
                let stand_in = self.stand_in(&one.resource);
                one.choice = match one.passed.is_empty() {
                    true => Choice::Given(stand_in),
                    false => Choice::Pinned(stand_in),
                };
            }
        }
    }

    /// Makes gets with a folder take it at once, whatever jobs they ask for: so it is when a job is run alone.
    pub(crate) fn lift_passed(&self, wanted: &mut [Wanted]) {
        for one in wanted.iter_mut().filter(|one| self.folder_of(one).is_some()) {
            one.passed.clear();
        }
    }

    /// Returns whether a get needs no check, since what it takes is given.
    pub(crate) fn is_for(&self, wanted: &Wanted) -> bool {
        of(&self.versions, wanted).is_some() || self.folder_of(wanted).is_some()
    }

    /// Returns what gets fetch of the versions that were selected for them.
    pub(crate) fn inputs(
        &self,
        wanted: &[Wanted],
        selected: &BTreeMap<String, Version>,
    ) -> HashMap<String, Input> {
        let input = |one: &Wanted| {
            let version = selected.get(&one.input)?;
            let folder = self.folder_of(one).filter(|_| version.get(FOLDER).is_some());
            let input = folder.cloned().map_or_else(|| Input::Version(version.clone()), Input::Folder);
            Some((one.input.clone(), input))
        };
        wanted.iter().filter_map(input).collect()
    }

    /// Returns whether a version stands for a folder that was given to another command.
    pub(super) fn is_foreign(&self, resource: &str, version: &Version) -> bool {
        version.get(FOLDER).is_some() && *version != self.stand_in(resource)
    }

    fn folder_of(&self, wanted: &Wanted) -> Option<&Volume> {
        of(&self.folders, wanted)
    }

    fn stand_in(&self, resource: &str) -> Version {
        [(FOLDER, format!("{resource} of run {}", self.run))].into_iter().collect()
    }
}

fn of<'given, T>(given: &'given BTreeMap<String, T>, wanted: &Wanted) -> Option<&'given T> {
    given.get(&wanted.input).or_else(|| given.get(&wanted.resource))
}

/// Returns what the record of runs keeps of a selection.
pub(crate) fn used(wanted: &[Wanted], selected: &BTreeMap<String, Version>) -> Vec<Used> {
    let used = |one: &Wanted| {
        let version = selected.get(&one.input)?.clone();
        Some(Used { input: one.input.clone(), resource: one.resource.clone(), version })
    };
    wanted.iter().filter_map(used).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn wanted(input: &str, resource: &str, passed: &[&str]) -> Wanted {
        Wanted {
            input: input.into(),
            resource: resource.into(),
            passed: passed.iter().map(|job| (*job).to_owned()).collect(),
            choice: Choice::Latest,
            triggers: false,
        }
    }

    #[test]
    fn versions_are_given_by_get_or_resource() {
        let given = Given::new(&["image=digest:sha256:1".into(), "src=ref:a".into()], false).unwrap();
        let mut all =
            [wanted("image", "image", &["build"]), wanted("src", "repo", &[]), wanted("repo", "repo", &[])];
        given.put_into(&mut all);
        assert_eq!(all[0].choice, Choice::Given(Version::parse("digest:sha256:1").unwrap()));
        assert_eq!(all[1].choice, Choice::Given(Version::parse("ref:a").unwrap()));
        assert_eq!(all[2].choice, Choice::Latest);
        assert_eq!(given.names().collect::<Vec<_>>(), ["image", "src"]);
    }

    #[test]
    fn folders_take_part_in_passed_under_a_name_of_their_own() {
        let folders = BTreeMap::from([("repo".to_owned(), Volume::new("/src"))]);
        let given = Given::default().with_folders(folders, 3);
        let mut all = [wanted("repo", "repo", &[]), wanted("repo", "repo", &["build"])];
        given.put_into(&mut all);
        let Choice::Given(stand_in) = &all[0].choice else { panic!("{:?}", all[0]) };
        assert_eq!(all[1].choice, Choice::Pinned(stand_in.clone()));
        let selected = BTreeMap::from([("repo".to_owned(), stand_in.clone())]);
        let inputs = given.inputs(&all[..1], &selected);
        assert_eq!(inputs["repo"], Input::Folder(Volume::new("/src")));
    }

    #[test]
    fn assuming_passed_asks_no_job() {
        let mut all = [wanted("repo", "repo", &["build"])];
        Given::new(&[], true).unwrap().put_into(&mut all);
        assert!(all[0].passed.is_empty());
    }
}
