//! Where the programs of the project are: beside the demo itself.

use std::path::PathBuf;

/// Returns the path of a program that `ci/demo` has built.
pub(crate) fn path(name: &str) -> Result<PathBuf, String> {
    let own =
        std::env::current_exe().map_err(|problem| format!("cannot find the demo's folder: {problem}"))?;
    let path = own.with_file_name(name);
    if path.is_file() { Ok(path) } else { Err(format!("`{name}` is not built: run `./ci/demo`")) }
}
