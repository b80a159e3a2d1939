//! A resource's process: one of our own programs, or the script in a container of its type.

use std::path::{Path, PathBuf};

use super::container::ContainerPlan;
use super::place::Place;
use super::step_folder::StepFolder;
use super::{Local, Runtime, native};
use crate::cancellation::Cancellation;
use crate::console::Console;
use crate::executor::{Ended, Image, Program, Resource, not_in_images};
use crate::keeper::{Session, Streams, Work};
use crate::outcome::{Problem, problem_of};
use crate::volume::Volume;

/// A process to run for a resource.
pub(super) struct Call<'step> {
    /// `check`, `in` or `out`.
    pub(super) verb: &'static str,
    /// The step's name.
    pub(super) name: &'step str,
    /// What it reads.
    pub(super) payload: Vec<u8>,
    pub(super) environment: &'step [(String, String)],
    /// Where `in` writes.
    pub(super) into: Option<&'step Path>,
    /// What `out` sees.
    pub(super) inputs: &'step [(String, Volume)],
}

impl Local {
    /// Runs a resource's process. Returns what it printed on stdout.
    pub(super) async fn call(
        &self,
        resource: &Resource,
        call: Call<'_>,
        console: &Console,
        until: &Cancellation,
    ) -> Result<Ended<Vec<u8>>, Problem> {
        let own = self.step_folder(console, call.verb, call.name)?;
        let work = match &resource.program {
            Program::Base(kind) => match native::program_name(kind) {
                Some(program) => self.native(kind, program, &call, &own)?,
                None => {
                    // Nothing is fetched in vain.
                    self.container_runtime()
                        .map_err(|problem| self.or_the_working_tree(problem, resource))?;
                    let image = self.base_image(kind, console, until).await?;
                    self.contained(&image, &call, &own, false)?
                }
            },
            Program::Image(image) => self.contained(image, &call, &own, true)?,
        };
        own.note(&work)?;
        let exit = self.keeper.run(&work, Streams::Pipes(call.payload), console, until).await?;
        if exit.status != 0 {
            return Ok(Ended::Badly(exit.status));
        }
        own.went_well();
        Ok(Ended::Well(exit.answer))
    }

    /// One of our own programs, straight on this machine.
    fn native(&self, kind: &str, program: &str, call: &Call<'_>, own: &StepFolder) -> Result<Work, Problem> {
        let given = self.settings.programs.get(program).cloned();
        let program = given.or_else(|| native::beside_or_on_path(program)).ok_or_else(|| {
            Problem::new(format!("`{program}`, which runs resources of type `{kind}`, is not here"))
                .hint("put it beside `quayside`, or on the PATH")
        })?;
        let mut command = vec![program.display().to_string(), call.verb.to_owned()];
        let mut mounts = Vec::new();
        if let Some(into) = call.into {
            command.push(into.display().to_string());
        }
        if call.verb == "out" {
            let mut place = Place::new(own.path(), self.has_overlays_on_this_machine())?;
            for (name, volume) in call.inputs {
                place.input(Path::new(name), volume)?;
            }
            mounts = place.prepare()?;
            command.push(place.folder.display().to_string());
        }
        let environment = native::environment().into_iter().chain(call.environment.iter().cloned()).collect();
        let folder = PathBuf::from("/");
        Ok(Work { command, environment, folder, mounts, session: Session::Own, container: None })
    }

    fn container_runtime(&self) -> Result<&Path, Problem> {
        match &self.settings.runtime {
            Runtime::Oci(runtime) => Ok(runtime),
            Runtime::Process => Err(not_in_images()),
        }
    }

    /// Says of a git resource that is not fetched how it is met by the working tree, whose remotes do not name it.
    fn or_the_working_tree(&self, problem: Problem, resource: &Resource) -> Problem {
        let is_git = resource.program == Program::Base("git".into());
        let name = resource.name.as_ref().filter(|_| is_git && self.settings.working_tree.is_some());
        let Some(name) = name else { return problem };
        problem.hint(format!(
            "its `uri` is no remote of the repository around this folder: `--working-tree {name}` takes the working \
             tree all the same, `-i NAME=FOLDER` a folder; or install runc, crun or youki"
        ))
    }

    fn contained(
        &self,
        image: &Image,
        call: &Call<'_>,
        own: &StepFolder,
        obeys_image: bool,
    ) -> Result<Work, Problem> {
        let runtime = self.container_runtime()?;
        let mut command = vec![format!("/opt/resource/{}", call.verb)];
        let mut kept = Vec::new();
        let mut inputs = Vec::new();
        if let Some(into) = call.into {
            command.push("/tmp/build/get".into());
            kept.push(("/tmp/build/get".to_owned(), into.to_owned()));
        }
        if call.verb == "out" {
            command.push("/tmp/build/put".into());
            let empty = own.path().join("put");
            std::fs::create_dir_all(&empty).map_err(|error| problem_of("cannot make a folder", error))?;
            kept.push(("/tmp/build/put".to_owned(), empty));
            let seen = |(name, volume): &(String, Volume)| {
                (format!("/tmp/build/put/{name}"), volume.folder().to_owned())
            };
            inputs.extend(call.inputs.iter().map(seen));
        }
        let plan = ContainerPlan {
            runtime,
            own: own.path(),
            image: &image.volume,
            is_privileged: image.is_privileged,
            is_hermetic: false,
            has_terminal: false,
            has_overlays: self.can_have_overlays(),
            obeys_image,
            user: None,
            command,
            folder: "/".into(),
            environment: call.environment.to_vec(),
            cpu_shares: None,
            memory_bytes: None,
            kept,
            inputs,
        };
        plan.prepare()
    }
}
