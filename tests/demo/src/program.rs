//! Where the programs of the project are: beside the demo itself.

use std::path::PathBuf;

/// Returns the path of a program that `ci/demo` has built.
pub(crate) fn path(name: &str) -> Result<PathBuf, String> {
    let path = folder()?.join(name);
    if path.is_file() { Ok(path) } else { Err(format!("`{name}` is not built: run `./ci/demo`")) }
}

/// Returns the folder of the programs.
pub(crate) fn folder() -> Result<PathBuf, String> {
    let own =
        std::env::current_exe().map_err(|problem| format!("cannot find the demo's folder: {problem}"))?;
    own.parent().map(PathBuf::from).ok_or_else(|| "the demo lies in no folder".into())
}
