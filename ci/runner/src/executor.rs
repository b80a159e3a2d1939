//! What the engine asks of whoever really runs things.

use pipeline::model::TaskConfig;
use serde_json::Value as Json;

use crate::cancellation::Cancellation;
use crate::console::Console;
use crate::outcome::Problem;
use crate::version::{Metadata, Version};
use crate::volume::Volume;

/// Runs steps whose variables are filled in. The engine is told what came of them and draws the conclusions.
pub trait Executor {
    /// Returns whether it runs a type by itself, though a pipeline may name an image for it.
    fn brings_along(&self, kind: &str) -> bool;

    /// Returns whether it runs things in images. Where it does not, no image of a task or type is fetched.
    fn runs_images(&self) -> bool;

    /// Looks for versions of a resource, oldest first.
    fn check(
        &self,
        request: &CheckRequest,
        console: &Console,
        until: &Cancellation,
    ) -> impl Future<Output = Result<Ended<Vec<Version>>, Problem>>;

    /// Fetches a version.
    fn get(
        &self,
        request: &GetRequest,
        console: &Console,
        until: &Cancellation,
    ) -> impl Future<Output = Result<Ended<Fetched>, Problem>>;

    /// Makes a version.
    fn put(
        &self,
        request: &PutRequest,
        console: &Console,
        until: &Cancellation,
    ) -> impl Future<Output = Result<Ended<Pushed>, Problem>>;

    /// Runs a task. Its outputs count however it ended.
    fn task(
        &self,
        request: &TaskRequest,
        console: &Console,
        until: &Cancellation,
    ) -> impl Future<Output = TaskRun>;

    /// Returns the text of a pipeline as an earlier `set_pipeline` here left it.
    fn earlier_pipeline(&self, name: &str) -> Option<String>;

    /// Keeps a pipeline that a step rendered. Returns where it can be read.
    fn keep_pipeline(&self, name: &str, text: &str) -> Result<String, Problem>;
}

/// Why a step of a resource cannot run where nothing runs in images.
pub(crate) fn not_in_images() -> Problem {
    Problem::new("this resource type runs in a container, and there is no runtime for one")
        .hint("install runc, crun or youki; or put a folder in its place with `-i NAME=FOLDER`")
}

/// How a process ended that could run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ended<T> {
    /// Its exit status was 0, and this came of it.
    Well(T),
    /// Its exit status was another.
    Badly(i32),
}

/// What runs the steps of a resource.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Program {
    /// A type that the runner brings along or knows the image of.
    Base(String),
    /// An image that was fetched.
    Image(Image),
}

/// An image to run something in.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Image {
    /// The folder that holds `rootfs` and `metadata.json`.
    pub volume: Volume,
    /// Which version of which image it is, as a text that is equal for the same one.
    pub identity: String,
    /// Whether its containers may do everything.
    pub is_privileged: bool,
}

/// A resource, ready to use.
#[derive(Clone, Debug, PartialEq)]
pub struct Resource {
    /// The resource's name in the pipeline; none for the images of tasks and types.
    pub name: Option<String>,
    /// Its type's name.
    pub kind: String,
    /// What runs its steps.
    pub program: Program,
    /// Its settings, variables filled in.
    pub source: Json,
}

/// A check to run.
#[derive(Clone, Debug, PartialEq)]
pub struct CheckRequest {
    /// Of what.
    pub resource: Resource,
    /// The version to start from.
    pub since: Option<Version>,
    /// `BUILD_*` and the like.
    pub environment: Vec<(String, String)>,
}

/// A get to run.
#[derive(Clone, Debug, PartialEq)]
pub struct GetRequest {
    /// The step's name.
    pub name: String,
    /// Of what.
    pub resource: Resource,
    /// Which version.
    pub version: Version,
    /// Params, variables filled in; none when there are none.
    pub params: Option<Json>,
    /// `BUILD_*` and the like.
    pub environment: Vec<(String, String)>,
}

/// A put to run.
#[derive(Clone, Debug, PartialEq)]
pub struct PutRequest {
    /// The step's name.
    pub name: String,
    /// Of what.
    pub resource: Resource,
    /// Params, variables filled in; none when there are none.
    pub params: Option<Json>,
    /// The artifacts it sees.
    pub inputs: Vec<(String, Volume)>,
    /// `BUILD_*` and the like.
    pub environment: Vec<(String, String)>,
}

/// What a get brought.
#[derive(Clone, Debug, PartialEq)]
pub struct Fetched {
    /// The files.
    pub volume: Volume,
    /// Facts about the version.
    pub metadata: Vec<Metadata>,
}

/// What a put made.
#[derive(Clone, Debug, PartialEq)]
pub struct Pushed {
    /// The version.
    pub version: Version,
    /// Facts about it.
    pub metadata: Vec<Metadata>,
}

/// A task to run.
#[derive(Clone, Debug, PartialEq)]
pub struct TaskRequest {
    /// The step's name.
    pub name: String,
    /// Its config: variables filled in, params and limits of the step over its own, a command for sure.
    pub config: TaskConfig,
    /// Its image; none when it names none.
    pub image: Option<Image>,
    /// Whether it may do everything.
    pub is_privileged: bool,
    /// Whether it has no network.
    pub is_hermetic: bool,
    /// The working folder.
    pub working_folder: String,
    /// Where each artifact goes, as absolute paths.
    pub inputs: Vec<(String, Volume)>,
    /// What comes out, by the names of artifacts, and where it lies, as absolute paths.
    pub outputs: Vec<(String, String)>,
    /// Folders that stay from run to run: as the task names them, and as absolute paths.
    pub caches: Vec<(String, String)>,
    /// Its environment, but for what the image and the runtime add.
    pub environment: Vec<(String, String)>,
}

/// What came of a task.
#[derive(Clone, Debug)]
pub struct TaskRun {
    /// The exit status, or why there is none.
    pub exit_status: Result<i32, Problem>,
    /// What it left, by the names of artifacts.
    pub outputs: Vec<(String, Volume)>,
}
