//! How steps are run on this machine.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use super::Runtime;
use super::git::WorkingTree;

/// How steps are run.
#[derive(Clone, Debug)]
pub struct Settings {
    /// The program that keeps processes: ours.
    pub keeper: PathBuf,
    /// What runs containers.
    pub runtime: Runtime,
    /// The folder of this run.
    pub run_folder: PathBuf,
    /// Where fetched versions are.
    pub store_folder: PathBuf,
    /// Where the caches of tasks are.
    pub cache_folder: PathBuf,
    /// Where rendered pipelines are.
    pub pipeline_folder: PathBuf,
    /// What caches belong to: the pipeline and the job. None for tasks run alone, which have no caches.
    pub cache_owner: Option<String>,
    /// The working tree that stands in for git resources of the same repository.
    pub working_tree: Option<WorkingTree>,
    /// Names of git resources that the working tree stands in for whatever their `uri` says.
    pub working_tree_for: HashSet<String>,
    /// Images of resource types that are not ours, over those of the Concourse project.
    pub type_images: HashMap<String, String>,
    /// Our own programs by their types; others are found beside this program, then on the path.
    pub programs: HashMap<String, PathBuf>,
}
