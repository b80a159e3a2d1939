//! Looking at what a failed step left: a shell where its process ran.

use std::fs;
use std::path::{Path, PathBuf};

use serde::{Deserialize, Serialize};

use crate::keeper::{Mount, Session, Work, attend};
use crate::outcome::{Problem, problem_of};
use crate::plan::StepId;

/// The file in a step's folder that says what ran there.
pub(super) const NOTE: &str = "kept.json";

/// What a failed process of a step left.
#[derive(Clone, Debug, Serialize, Deserialize)]
pub struct Kept {
    /// The step.
    pub step: StepId,
    /// Its name.
    pub name: String,
    /// What it did: `task`, `check`, `in`, `out`.
    pub verb: String,
    /// Whether it ran in a container.
    pub is_container: bool,
    /// Where its files are.
    #[serde(skip)]
    pub folder: PathBuf,
    work: Work,
}

impl Kept {
    pub(super) fn new(step: StepId, name: &str, verb: &str, work: Work) -> Self {
        let is_container = work.container.is_some();
        Self { step, name: name.into(), verb: verb.into(), is_container, folder: PathBuf::new(), work }
    }
}

/// Returns what the failed steps of a run left, in the order in which they ran.
///
/// # Errors
/// The run's folder cannot be read.
pub fn intercepted(run_folder: &Path) -> Result<Vec<Kept>, Problem> {
    let steps = run_folder.join("steps");
    if !steps.exists() {
        return Ok(Vec::new());
    }
    let entries = fs::read_dir(&steps).map_err(|error| problem_of("cannot read the run's folder", error))?;
    let mut folders: Vec<PathBuf> = entries.flatten().map(|entry| entry.path()).collect();
    folders.sort();
    Ok(folders.into_iter().filter_map(read).collect())
}

/// Removes what containers of a run left outside of it, when all that watched over them was killed: control groups.
/// Their processes ended with who was killed. To be called only for runs that nobody runs any more.
pub fn remove_leftovers(run_folder: &Path) {
    for kept in intercepted(run_folder).into_iter().flatten() {
        if let Some(container) = &kept.work.container {
            crate::keeper::remove_leftovers(container);
        }
    }
}

fn read(folder: PathBuf) -> Option<Kept> {
    let text = fs::read(folder.join(NOTE)).ok()?;
    let kept = serde_json::from_slice(&text).ok()?;
    Some(Kept { folder, ..kept })
}

/// Runs a command where a step's process ran, with our terminal; a shell when there is none. Returns its exit status.
///
/// # Errors
/// It cannot be started.
pub fn intercept(kept: &Kept, keeper: &Path, command: Option<Vec<String>>) -> Result<i32, Problem> {
    let command = command.unwrap_or_else(shell);
    let mut work = kept.work.clone();
    work.session = Session::Shared;
    let terminal = std::env::var("TERM").unwrap_or_else(|_| "dumb".into());
    match &mut work.container {
        None => {
            work.command = command;
            work.environment.push(("TERM".into(), terminal));
        }
        Some(container) => {
            let process = &mut container.config["process"];
            process["args"] = command.into();
            process["terminal"] = rustix::termios::isatty(std::io::stdin()).into();
            if let Some(process) = process.as_object_mut() {
                process.remove("consoleSize");
            }
            if let Some(environment) = process["env"].as_array_mut() {
                environment.push(format!("TERM={terminal}").into());
            }
            // What it says is about the process that failed.
            let _none = fs::remove_file(&container.log);
        }
    }
    make_missing(&work).map_err(|error| problem_of("cannot make what the step saw", error))?;
    attend(keeper, &work)
}

/// The best shell of an image.
fn shell() -> Vec<String> {
    ["/bin/sh", "-c", "command -v bash >/dev/null && exec bash; exec sh"].map(str::to_owned).into()
}

/// Makes folders that went with the step's failure: what it fetched only in part.
fn make_missing(work: &Work) -> std::io::Result<()> {
    for mount in &work.mounts {
        if let Mount::Bind { source, .. } = mount {
            fs::create_dir_all(source)?;
        }
    }
    let mounts = work.container.iter().flat_map(|container| container.config["mounts"].as_array());
    let binds = mounts.flatten().filter(|mount| mount["type"] == "bind");
    for source in binds.filter_map(|mount| mount["source"].as_str()) {
        if !Path::new(source).exists() {
            fs::create_dir_all(source)?;
        }
    }
    Ok(())
}
