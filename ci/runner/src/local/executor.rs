//! The executor of this machine.

use std::cell::Cell;
use std::fs::{DirBuilder, File};
use std::io::Write;
use std::os::unix::fs::{DirBuilderExt, OpenOptionsExt};
use std::path::{Path, PathBuf};

use rustix::fs::statfs;

use super::native;
use super::step_folder::{StepFolder, file_name, own_file_name};
use super::store::Store;
use super::{Runtime, Settings};
use crate::cancellation::Cancellation;
use crate::console::Console;
use crate::executor::{
    CheckRequest, Ended, Executor, Fetched, GetRequest, Pushed, PutRequest, TaskRequest, TaskRun,
};
use crate::keeper::{Keeper, can_be_named};
use crate::outcome::{Problem, problem_of};
use crate::version::Version;

/// File systems whose folders cannot be the upper one of an overlay: an overlay itself, NFS, FUSE, eCryptfs.
const NOT_BELOW_OVERLAYS: &[i64] = &[0x794c_7630, 0x6969, 0x6573_5546, 0xf15f];

/// Runs steps on this machine.
pub struct Local {
    pub(super) settings: Settings,
    pub(super) keeper: Keeper,
    pub(super) store: Store,
    steps: Cell<u32>,
}

impl Local {
    /// Prepares to run steps. Nothing is made yet.
    pub fn new(settings: Settings) -> Self {
        let keeper = Keeper { program: settings.keeper.clone() };
        let store = Store::new(settings.store_folder.clone());
        Self { settings, keeper, store, steps: Cell::new(0) }
    }

    /// Makes a folder for a process of the step that a console speaks for.
    pub(super) fn step_folder(
        &self,
        console: &Console,
        verb: &'static str,
        name: &str,
    ) -> Result<StepFolder, Problem> {
        let steps = self.settings.run_folder.join("steps");
        let folder = self.new_folder(&steps, &format!("{verb}-{}", file_name(name)));
        let folder = folder.map_err(|error| problem_of("cannot make the step's folder", error))?;
        Ok(StepFolder::new(folder, console.step(), verb, name))
    }

    /// Makes a folder that nobody has yet: a run may have had another executor before. They sort in their order.
    fn new_folder(&self, steps: &Path, what: &str) -> std::io::Result<PathBuf> {
        make_private(steps)?;
        loop {
            let number = self.steps.get();
            self.steps.set(number + 1);
            let folder = steps.join(format!("{number:04}-{what}"));
            match DirBuilder::new().mode(0o700).create(&folder) {
                Err(error) if error.kind() == std::io::ErrorKind::AlreadyExists => {}
                made => return made.map(|()| folder),
            }
        }
    }

    /// Returns whether processes outside of containers see copies by overlays: only root may mount without a user
    /// namespace, in which a process would not be itself.
    pub(super) fn has_overlays_on_this_machine(&self) -> bool {
        rustix::process::geteuid().is_root() && self.can_have_overlays()
    }

    /// Returns whether containers see copies by overlays.
    pub(super) fn can_have_overlays(&self) -> bool {
        let is_fit = |folder: &Path| can_be_named(folder) && !is_on(folder, NOT_BELOW_OVERLAYS);
        is_fit(&self.settings.run_folder) && is_fit(&self.settings.store_folder)
    }

    fn pipeline_file(&self, name: &str) -> PathBuf {
        self.settings.pipeline_folder.join(format!("{}.yml", own_file_name(name)))
    }
}

impl Executor for Local {
    fn brings_along(&self, kind: &str) -> bool {
        native::is_ours(kind)
    }

    fn runs_images(&self) -> bool {
        self.settings.runtime != Runtime::Process
    }

    async fn check(
        &self,
        request: &CheckRequest,
        console: &Console,
        until: &Cancellation,
    ) -> Result<Ended<Vec<Version>>, Problem> {
        self.check_resource(request, console, until).await
    }

    async fn get(
        &self,
        request: &GetRequest,
        console: &Console,
        until: &Cancellation,
    ) -> Result<Ended<Fetched>, Problem> {
        let fetch = async |into: &Path| self.get_resource(request, into, console, until).await;
        let (ended, was_stored) = self.store.get(request, fetch, until).await?;
        if was_stored {
            console.line("\x1b[1;36mINFO: found existing resource cache\x1b[0m");
        }
        Ok(ended)
    }

    async fn put(
        &self,
        request: &PutRequest,
        console: &Console,
        until: &Cancellation,
    ) -> Result<Ended<Pushed>, Problem> {
        self.put_resource(request, console, until).await
    }

    async fn task(&self, request: &TaskRequest, console: &Console, until: &Cancellation) -> TaskRun {
        self.run_task(request, console, until).await
    }

    fn earlier_pipeline(&self, name: &str) -> Option<String> {
        std::fs::read_to_string(self.pipeline_file(name)).ok()
    }

    fn keep_pipeline(&self, name: &str, text: &str) -> Result<String, Problem> {
        let file = self.pipeline_file(name);
        let failed = |error| problem_of("cannot keep the rendered pipeline", error);
        make_private(&self.settings.pipeline_folder).map_err(failed)?;
        // Variables that are no run-time ones are filled in, and may be secret.
        write_private(&file, text.as_bytes()).map_err(failed)?;
        Ok(file.display().to_string())
    }
}

/// Makes a folder that only its owner can look into.
pub(super) fn make_private(folder: &Path) -> std::io::Result<()> {
    DirBuilder::new().recursive(true).mode(0o700).create(folder)
}

/// Writes a file that only its owner can read.
fn write_private(file: &Path, content: &[u8]) -> std::io::Result<()> {
    let mut options = File::options();
    options.write(true).create(true).truncate(true).mode(0o600);
    options.open(file)?.write_all(content)
}

/// Returns whether the nearest folder that exists is on one of these file systems.
fn is_on(folder: &Path, kinds: &[i64]) -> bool {
    let found = folder.ancestors().find_map(|folder| statfs(folder).ok());
    found.is_some_and(|found| kinds.contains(&found.f_type))
}
