//! The `mock` resource of Concourse's own tests, as far as pipelines in documents use it.

use std::fs;
use std::path::Path;

use serde_json::Value as Json;

use crate::console::Console;
use crate::executor::Ended;
use crate::outcome::{Problem, problem_of};
use crate::version::{Metadata, Version};

/// Returns the version that the source names, or one that never changes.
pub(super) fn check(source: &Json, console: &Console) -> Result<Ended<Vec<Version>>, Problem> {
    if let Some(failure) = source["check_failure"].as_str() {
        console.line(failure);
        return Ok(Ended::Badly(1));
    }
    if source["no_initial_version"] == true {
        return Ok(Ended::Well(Vec::new()));
    }
    Ok(Ended::Well(vec![version(source["initial_version"].as_str().unwrap_or("mock"))]))
}

/// Writes the version, and the files that source or params name.
pub(super) fn get(
    source: &Json,
    params: Option<&Json>,
    wanted: &Version,
    into: &Path,
    console: &Console,
) -> Result<Ended<Vec<Metadata>>, Problem> {
    if let Some(lines) = source["log"].as_str() {
        console.line(lines);
    }
    let failed = |error| problem_of("cannot write", error);
    fs::write(into.join("version"), wanted.get("version").unwrap_or_default()).map_err(failed)?;
    for files in [&source["create_files"], &params.unwrap_or(&Json::Null)["create_files_via_params"]] {
        for (name, content) in files.as_object().into_iter().flatten() {
            write_below(into, name, content)?;
        }
    }
    let facts = source["metadata"].as_array().into_iter().flatten();
    let facts = facts.filter_map(|fact| serde_json::from_value(fact.clone()).ok());
    Ok(Ended::Well(facts.collect()))
}

/// Makes the version that the params name, or that a file has which they name.
pub(super) fn put(
    source: &Json,
    params: Option<&Json>,
    inputs: &[(String, crate::volume::Volume)],
    console: &Console,
) -> Result<Ended<Version>, Problem> {
    let params = params.unwrap_or(&Json::Null);
    if let Some(failure) = params["put_failure"].as_str() {
        console.line(failure);
        return Ok(Ended::Badly(1));
    }
    if params["print_env"] == true || source["print_env"] == true {
        inputs.iter().for_each(|(name, _)| console.line(&format!("input {name}")));
    }
    if let Some(file) = params["file"].as_str() {
        let (artifact, path) = file.split_once('/').unwrap_or((file, ""));
        let volume = inputs.iter().find(|(name, _)| name == artifact);
        let text = volume.and_then(|(_, volume)| volume.read(path).ok());
        return match text {
            Some(text) => Ok(Ended::Well(version(text.trim()))),
            None => {
                console.line(&format!("`{file}` is not there"));
                Ok(Ended::Badly(1))
            }
        };
    }
    Ok(Ended::Well(version(params["version"].as_str().unwrap_or("mock"))))
}

fn version(text: &str) -> Version {
    [("version", text)].into_iter().collect()
}

fn write_below(into: &Path, name: &str, content: &Json) -> Result<(), Problem> {
    let stays = Path::new(name).components().all(|part| matches!(part, std::path::Component::Normal(_)));
    if !stays {
        return Err(Problem::new(format!("`{name}` is outside of the artifact")));
    }
    let path = into.join(name);
    let folder = path.parent().unwrap_or(into);
    fs::create_dir_all(folder).map_err(|error| problem_of("cannot write", error))?;
    let text = content.as_str().map_or_else(|| content.to_string(), str::to_owned);
    fs::write(path, text).map_err(|error| problem_of("cannot write", error))
}
