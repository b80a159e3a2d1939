//! Which folders a task gets.

use super::TaskArgs;
use super::config::TaskFile;
use crate::failure::Failure;
use crate::inputs::pair;

/// Returns the folders as `NAME=FOLDER`: those of the command line, and the current folder for an input that is
/// called like it, when nothing else was said.
pub(super) fn chosen(arguments: &TaskArgs, task: &TaskFile) -> Result<Vec<String>, Failure> {
    let is_known = |name: &str| task.config.inputs.iter().any(|input| input.name.as_str() == name);
    for argument in &arguments.input {
        let (name, _) = pair(argument, "-i")?;
        if !is_known(name) && arguments.image.as_deref() != Some(name) {
            return Err(Failure::new(format!("unknown input `{name}`")));
        }
    }
    let mut folders = arguments.input.clone();
    let current = std::env::current_dir()?;
    let name = current.file_name().and_then(|name| name.to_str()).unwrap_or_default();
    let is_given =
        folders.iter().any(|folder| folder.split_once('=').is_some_and(|(known, _)| known == name));
    if is_known(name) && !is_given && arguments.inputs_from.is_none() {
        folders.push(format!("{name}=."));
    }
    Ok(folders)
}
