//! Flags of commands that run something.

use std::collections::{HashMap, HashSet};
use std::path::PathBuf;

use clap::Args;
use runner::local::{Home, Runtime, RuntimeChoice, Settings, WorkingTree};

use super::SecretFlags;
use crate::failure::Failure;
use crate::inputs::{RunVariableFlags, pair};
use crate::output::Output;

/// The pipeline, and what fills it in.
#[derive(Args, Clone, Debug)]
pub(crate) struct PipelineFlags {
    /// The pipeline; `-` is standard input.
    #[arg(short, long, value_name = "FILE")]
    pub(crate) config: PathBuf,
    /// What the pipeline is called; by default after its file or folder.
    #[arg(long, value_name = "NAME")]
    pub(crate) pipeline: Option<String>,
    /// The team that it is of.
    #[arg(long, value_name = "NAME", default_value = "main")]
    pub(crate) team: String,
    #[command(flatten)]
    pub(crate) variables: RunVariableFlags,
    #[command(flatten)]
    pub(crate) secrets: SecretFlags,
}

/// Where earlier runs are remembered.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "This machine")]
pub(crate) struct StateFlags {
    /// The folder that remembers earlier runs and keeps what was fetched.
    #[arg(long, value_name = "FOLDER")]
    state: Option<PathBuf>,
}

/// How steps are run on this machine.
#[derive(Args, Clone, Debug)]
#[command(next_help_heading = "This machine")]
pub(crate) struct MachineFlags {
    #[command(flatten)]
    pub(crate) state: StateFlags,
    /// What runs containers: `auto`, `runc`, `crun`, `youki`, a path, or `process` for none.
    #[arg(long, value_name = "RUNTIME", default_value = "auto")]
    runtime: String,
    /// Takes a git resource from the working tree around the current folder, whatever its `uri`.
    #[arg(long, value_name = "RESOURCE")]
    working_tree: Vec<String>,
    /// Fetches git resources from their `uri`, also those of the working tree around the current folder.
    #[arg(long, conflicts_with = "working_tree")]
    no_working_tree: bool,
    /// The image of a resource type that Concourse brings along.
    #[arg(long, value_name = "TYPE=IMAGE")]
    type_image: Vec<String>,
    /// A program on this machine that runs the steps of one of our own resource types.
    #[arg(long, value_name = "TYPE=PATH")]
    program: Vec<String>,
}

impl StateFlags {
    /// Opens the folder that stays between runs.
    pub(crate) fn home(&self) -> Result<Home, Failure> {
        let root = self.state.clone().or_else(Home::default_root);
        let root = root.ok_or_else(|| {
            Failure::new("there is no home folder to remember runs in").with_hint("name one with `--state`")
        })?;
        Ok(Home::open(root)?)
    }
}

impl MachineFlags {
    /// Returns what counts for a command without these flags.
    pub(crate) fn usual() -> Self {
        Self {
            state: StateFlags { state: None },
            runtime: "auto".into(),
            working_tree: Vec::new(),
            no_working_tree: true,
            type_image: Vec::new(),
            program: Vec::new(),
        }
    }

    /// Chooses what runs containers, and says what whoever runs this should know.
    pub(crate) fn runtime(&self, output: &mut Output) -> Result<Runtime, Failure> {
        let Ok(choice) = self.runtime.parse::<RuntimeChoice>();
        let chosen = Runtime::choose(&choice)?;
        if let Some(notice) = chosen.notice {
            output.complain(&format!("note: {notice}"));
        }
        Ok(chosen.runtime)
    }

    /// Returns the settings of a run.
    pub(crate) fn settings(&self, home: &Home, run: i64, runtime: &Runtime) -> Result<Settings, Failure> {
        let keeper = std::env::current_exe()?;
        let mut settings = home.settings(run, keeper, runtime.clone());
        if !self.no_working_tree {
            let folder = current_folder()?;
            settings.working_tree = WorkingTree::around(&folder);
            settings.working_tree_for = self.working_tree.iter().cloned().collect::<HashSet<_>>();
        }
        settings.type_images = pairs(&self.type_image, "--type-image")?;
        let programs = pairs(&self.program, "--program")?;
        settings.programs = programs.into_iter().map(|(kind, path)| (kind, PathBuf::from(path))).collect();
        Ok(settings)
    }
}

/// Returns the folder that the command runs in, which may have been removed.
fn current_folder() -> Result<PathBuf, Failure> {
    let told = |error| {
        Failure::new(format!("cannot tell the current folder: {error}"))
            .with_hint("change to one that is there")
    };
    std::env::current_dir().map_err(told)
}

fn pairs(arguments: &[String], flag: &str) -> Result<HashMap<String, String>, Failure> {
    let pairs = arguments.iter().map(|argument| pair(argument, flag));
    pairs.map(|pair| pair.map(|(name, value)| (name.to_owned(), value.to_owned()))).collect()
}
