//! `task`

use std::fmt::Write as _;

use pipeline::model::{RunConfig, TaskConfig, TaskStep};
use sha2::{Digest, Sha256};

use super::image::{IMAGE_CHECK, not_fetched};
use super::leaf::{Acted, failed_when_late};
use super::state::State;
use super::timeout::{own_timeout, within};
use super::{Engine, SharedConsole};
use crate::cancellation::Cancellation;
use crate::executor::{Executor, Image, TaskRequest};
use crate::image_metadata::ImageMetadata;
use crate::outcome::Problem;
use crate::volume::Volume;

impl<E: Executor> Engine<E> {
    pub(super) async fn task(
        &self,
        step: &TaskStep,
        state: &State,
        until: &Cancellation,
        console: &SharedConsole,
    ) -> Result<Acted, Problem> {
        let mut config = self.task_config(step, state, console).await?;
        let is_privileged = step.privileged.as_deref().copied().unwrap_or(false);
        let image = self.image_of(step, &config, is_privileged, state, until, console).await?;
        if let Some(stopped) = until.problem() {
            return Err(stopped);
        }
        if names_no_command(&config) {
            run_what_the_image_says(&mut config, image.as_ref())?;
        }
        let working_folder = working_folder(&step.name);
        let timeout = own_timeout(step.timeout.as_ref().map(|timeout| timeout.as_str()))?;
        let request = TaskRequest {
            name: step.name.value.clone(),
            inputs: inputs(step, &config, &working_folder, state)?,
            outputs: outputs(step, &config, &working_folder),
            caches: caches(&config, &working_folder),
            environment: environment(&config, &self.build.metadata),
            is_hermetic: step.hermetic.as_deref().copied().unwrap_or(false),
            config,
            image,
            is_privileged,
            working_folder,
        };
        let run = self.executor.task(&request, console, &within(until, timeout)).await;
        for (name, volume) in run.outputs {
            state.artifacts.register(name, volume);
        }
        Ok(failed_when_late(run.exit_status, console)?.map_or_else(Acted::failed, Acted::exited))
    }

    async fn image_of(
        &self,
        step: &TaskStep,
        config: &TaskConfig,
        is_privileged: bool,
        state: &State,
        until: &Cancellation,
        console: &SharedConsole,
    ) -> Result<Option<Image>, Problem> {
        if let Some(name) = &step.image {
            let volume = state.artifacts.get(name).ok_or_else(|| {
                Problem::new(format!(
                    "missing image artifact source: {}\n\nmake sure there's a corresponding 'get' step, or a task that \
                     produces it as an output",
                    name.value
                ))
            })?;
            let identity = format!("artifact {}", volume.folder().display());
            return Ok(Some(Image { volume, identity, is_privileged }));
        }
        match &config.image_resource {
            // A command that only the image knows must be looked up in it, wherever it then runs.
            Some(image) if self.executor.runs_images() || names_no_command(config) => {
                self.task_image(image, is_privileged, state, until, console).await.map(Some)
            }
            // No image would be fetched either once the time is over.
            Some(_) => until.problem().map_or(Ok(None), |over| Err(not_fetched(over, IMAGE_CHECK, console))),
            None => Ok(None),
        }
    }
}

fn names_no_command(config: &TaskConfig) -> bool {
    config.run.as_ref().is_none_or(|run| run.path.is_none())
}

/// Takes entry point and command of the image where the task has no command; its arguments go behind.
fn run_what_the_image_says(config: &mut TaskConfig, image: Option<&Image>) -> Result<(), Problem> {
    let metadata = image.map(|image| ImageMetadata::of(&image.volume)).transpose()?.unwrap_or_default();
    let mut command = metadata.command().into_iter();
    let path = command.next().ok_or_else(|| {
        Problem::new(
            "No executable defined for task. Specify an executable to run in either the task config (run.path) or as \
             an ENTRYPOINT/CMD in the container image.",
        )
    })?;
    let span = config.span;
    let spanned = |text: String| pipeline::Spanned::new(text, span);
    let run = config.run.get_or_insert_with(RunConfig::default);
    run.path = Some(spanned(path));
    let own = std::mem::take(&mut run.args);
    run.args = command.map(spanned).chain(own).collect();
    Ok(())
}

fn inputs(
    step: &TaskStep,
    config: &TaskConfig,
    working_folder: &str,
    state: &State,
) -> Result<Vec<(String, Volume)>, Problem> {
    let mut found = Vec::new();
    let mut missing = Vec::new();
    for input in &config.inputs {
        let name = mapped(&step.input_mapping, &input.name);
        match state.artifacts.get(name) {
            Some(volume) => {
                found.push((artifact_path(working_folder, &input.name, input.path.as_ref()), volume));
            }
            None if input.is_optional() => {}
            None => missing.push(name),
        }
    }
    if missing.is_empty() {
        return Ok(found);
    }
    Err(Problem::new(format!("missing inputs: {}", missing.join(", "))))
}

fn outputs(step: &TaskStep, config: &TaskConfig, working_folder: &str) -> Vec<(String, String)> {
    let output = |output: &pipeline::model::Output| {
        let path = artifact_path(working_folder, &output.name, output.path.as_ref());
        (mapped(&step.output_mapping, &output.name).to_owned(), path)
    };
    config.outputs.iter().map(output).collect()
}

fn caches(config: &TaskConfig, working_folder: &str) -> Vec<(String, String)> {
    let paths = config.caches.iter().filter_map(|cache| cache.path.as_ref());
    paths.map(|path| (path.value.clone(), resolve_path(working_folder, path))).collect()
}

fn environment(config: &TaskConfig, metadata: &crate::build::BuildMetadata) -> Vec<(String, String)> {
    let params = config.params.iter().map(|param| (param.name.value.clone(), param.value.value.clone()));
    metadata.task_environment().into_iter().chain(params).collect()
}

type Mapping = [(pipeline::Spanned<String>, pipeline::Spanned<String>)];

fn mapped<'step>(mapping: &'step Mapping, name: &'step str) -> &'step str {
    mapping.iter().find(|(from, _)| from.value == name).map_or(name, |(_, to)| to.as_str())
}

/// Returns the folder that a task works in: it depends on the step's name alone.
pub(crate) fn working_folder(step: &str) -> String {
    let hash = Sha256::digest(step.as_bytes());
    let mut folder = "/tmp/build/".to_owned();
    for byte in &hash[..4] {
        // Writing to a string does not fail.
        let _ = write!(folder, "{byte:02x}");
    }
    folder
}

fn artifact_path(working_folder: &str, name: &str, path: Option<&pipeline::Spanned<String>>) -> String {
    let path = path.map(|path| path.as_str()).filter(|path| !path.is_empty());
    resolve_path(working_folder, path.unwrap_or(name))
}

/// Returns a path in the working folder. Absolute ones stay; from others every `..` is taken out, wherever it stands.
pub(crate) fn resolve_path(working_folder: &str, path: &str) -> String {
    if path.starts_with('/') {
        return clean(path);
    }
    clean(&format!("{working_folder}/{}", path.replace("..", "")))
}

/// Takes `.`, `..` and doubled slashes out of an absolute path.
fn clean(path: &str) -> String {
    let mut parts: Vec<&str> = Vec::new();
    for part in path.split('/') {
        match part {
            "" | "." => {}
            ".." => {
                parts.pop();
            }
            part => parts.push(part),
        }
    }
    format!("/{}", parts.join("/"))
}

#[cfg(test)]
mod paths {
    use super::*;

    #[test]
    fn the_working_folder_comes_from_the_name() {
        assert_eq!(working_folder("unit"), "/tmp/build/385cfdbc");
    }

    #[test]
    fn paths_stay_in_the_working_folder() {
        let cases = [
            ("out", "/w/out"),
            (".", "/w"),
            ("a/./b/", "/w/a/b"),
            ("../x", "/w/x"),
            ("a..b", "/w/ab"),
            ("/abs/../x", "/x"),
            ("", "/w"),
        ];
        for (path, expected) in cases {
            assert_eq!(resolve_path("/w", path), expected, "{path}");
        }
    }
}
