//! Tasks: in a container, or straight on this machine.

use std::fs;
use std::path::{Path, PathBuf};

use super::container::ContainerPlan;
use super::place::Place;
use super::step_folder::StepFolder;
use super::task_folders::TaskFolders;
use super::{Local, Runtime, native};
use crate::cancellation::Cancellation;
use crate::console::Console;
use crate::engine::resolve_path;
use crate::executor::{Image, TaskRequest, TaskRun};
use crate::keeper::{Exit, Session, Streams, Work};
use crate::outcome::{Problem, problem_of};

impl Local {
    pub(super) async fn run_task(
        &self,
        request: &TaskRequest,
        console: &Console,
        until: &Cancellation,
    ) -> TaskRun {
        let not_run = |problem| TaskRun { exit_status: Err(problem), outputs: Vec::new() };
        if let Err(problem) = can_be_imitated(request) {
            return not_run(problem);
        }
        let own = match self.step_folder(console, "task", &request.name) {
            Ok(own) => own,
            Err(problem) => return not_run(problem),
        };
        let folders = match TaskFolders::make(request, &own, &self.settings) {
            Ok(folders) => folders,
            Err(error) => return not_run(problem_of("cannot make the folders of a task", error)),
        };
        let exit_status = self.start_task(request, &own, &folders, console, until).await;
        if exit_status == Ok(0) {
            own.went_well();
        }
        TaskRun { exit_status, outputs: folders.artifacts(request) }
    }

    async fn start_task(
        &self,
        request: &TaskRequest,
        own: &StepFolder,
        folders: &TaskFolders,
        console: &Console,
        until: &Cancellation,
    ) -> Result<i32, Problem> {
        let is_contained = self.settings.runtime != Runtime::Process;
        for notice in not_imitated(request, is_contained, rustix::process::geteuid().is_root()) {
            console.line(&notice);
        }
        match &self.settings.runtime {
            Runtime::Oci(runtime) => {
                let work = self.contained_task(request, runtime, own, folders)?;
                Ok(self.keep_task(&work, own, console, until).await?.status)
            }
            Runtime::Process => {
                let (work, place) = self.task_on_this_machine(request, own, folders)?;
                let exit = self.keep_task(&work, own, console, until).await;
                place.collect()?;
                Ok(exit?.status)
            }
        }
    }

    async fn keep_task(
        &self,
        work: &Work,
        own: &StepFolder,
        console: &Console,
        until: &Cancellation,
    ) -> Result<Exit, Problem> {
        own.note(work)?;
        self.keeper.run(work, Streams::Terminal, console, until).await
    }

    fn contained_task(
        &self,
        request: &TaskRequest,
        runtime: &Path,
        own: &StepFolder,
        folders: &TaskFolders,
    ) -> Result<Work, Problem> {
        let image = image_of(request)?;
        let working = own.path().join("work");
        fs::create_dir_all(&working).map_err(|error| problem_of("cannot make the working folder", error))?;
        let mut kept = vec![(request.working_folder.clone(), working)];
        kept.extend(folders.outputs.iter().chain(&folders.caches).cloned());
        let limits = request.config.container_limits.as_ref();
        let run = request.config.run.clone().unwrap_or_default();
        let inputs = folders.inputs.iter().map(|(path, volume)| (path.clone(), volume.folder().to_owned()));
        let plan = ContainerPlan {
            runtime,
            own: own.path(),
            image: &image.volume,
            is_privileged: request.is_privileged,
            is_hermetic: request.is_hermetic,
            has_terminal: true,
            has_overlays: self.can_have_overlays(),
            obeys_image: true,
            user: run.user.as_ref().map(|user| user.as_str()),
            command: command(request),
            folder: working_folder(request),
            environment: request.environment.clone(),
            cpu_shares: limits.and_then(|limits| limits.cpu.as_deref().copied()),
            memory_bytes: limits.and_then(|limits| limits.memory.as_deref().copied()),
            kept,
            inputs: inputs.collect(),
        };
        plan.prepare()
    }

    fn task_on_this_machine(
        &self,
        request: &TaskRequest,
        own: &StepFolder,
        folders: &TaskFolders,
    ) -> Result<(Work, Place), Problem> {
        let mut place = Place::new(own.path(), self.has_overlays_on_this_machine())?;
        for (path, volume) in &folders.inputs {
            place.input(&below(path, request)?, volume)?;
        }
        for (path, folder) in folders.outputs.iter().chain(&folders.caches) {
            place.kept(&below(path, request)?, folder)?;
        }
        let mounts = place.prepare()?;
        let wanted = working_folder(request);
        let folder = match below(&wanted, request) {
            Ok(inside) => place.folder.join(inside),
            Err(_) => PathBuf::from(wanted),
        };
        let environment =
            native::environment().into_iter().chain(request.environment.iter().cloned()).collect();
        let command = command(request);
        let work = Work { command, environment, folder, mounts, session: Session::Terminal, container: None };
        Ok((work, place))
    }
}

/// Refuses by name what cannot be imitated.
fn can_be_imitated(request: &TaskRequest) -> Result<(), Problem> {
    let config = &request.config;
    if let Some(platform) = config.platform.as_ref().filter(|platform| platform.as_str() != "linux") {
        return Err(Problem::new(format!("tasks for the platform `{}` cannot run here", platform.value))
            .hint("run it on a Concourse with a worker of that platform, or leave it out with `--skip`"));
    }
    if config.rootfs_uri.is_some() && request.image.is_none() {
        return Err(Problem::new("`rootfs_uri` names a folder of a worker, which is not here")
            .hint("give the task an `image_resource`, or the step an `image`"));
    }
    Ok(())
}

/// Returns what is left out where a task runs, in words.
fn not_imitated(request: &TaskRequest, is_contained: bool, is_root: bool) -> Vec<String> {
    let has_image = request.image.is_some() || request.config.image_resource.is_some();
    let limits = request.config.container_limits.is_some();
    let user = request
        .config
        .run
        .as_ref()
        .and_then(|run| run.user.as_ref())
        .is_some_and(|user| user.as_str() != "root");
    let (asked_for, instead): (&[(bool, &str)], _) = match (is_contained, is_root) {
        (false, _) => (
            &[
                (has_image, "image"),
                (user, "user"),
                (limits, "container_limits"),
                (request.is_hermetic, "hermetic"),
                (request.is_privileged, "privileged"),
            ],
            "the task runs straight on this machine",
        ),
        (true, false) => (&[(user, "user"), (limits, "container_limits")], "only root can imitate that"),
        (true, true) => (&[], ""),
    };
    let left_out = asked_for.iter().filter(|(is_asked_for, _)| *is_asked_for);
    left_out.map(|(_, what)| format!("[WARNING] `{what}` is left out: {instead}")).collect()
}

fn image_of(request: &TaskRequest) -> Result<&Image, Problem> {
    request.image.as_ref().ok_or_else(|| {
        Problem::new(
            "rootfs must not be empty: No image specified for task? Make sure to specify \"image\" on your task step or \
             \"image_resource\" in your task config. The image must be in rootfs format.",
        )
        .hint("`--runtime process` runs tasks straight on this machine, without an image")
    })
}

fn command(request: &TaskRequest) -> Vec<String> {
    let run = request.config.run.clone().unwrap_or_default();
    let path = run.path.map(|path| path.value);
    path.into_iter().chain(run.args.into_iter().map(|argument| argument.value)).collect()
}

/// Where the command runs: the working folder, or what `run.dir` says below it.
fn working_folder(request: &TaskRequest) -> String {
    let dir = request.config.run.as_ref().and_then(|run| run.dir.as_ref());
    resolve_path(&request.working_folder, dir.map_or("", |dir| dir.as_str()))
}

/// Returns a path within the working folder. Without a container there is no other place.
fn below(path: &str, request: &TaskRequest) -> Result<PathBuf, Problem> {
    let inside = Path::new(path).strip_prefix(&request.working_folder);
    inside.map(Path::to_owned).map_err(|_| {
        Problem::new(format!("`{path}` is outside of the task's folder, which only a container can have"))
            .hint("use a runtime for containers, or a path within the working folder")
    })
}
