//! Where Helm's binaries are.

use std::path::PathBuf;

use kit::{Error, Result};

use crate::source::HelmVersion;

/// Finds the binary: beside our own (as in the image), else on PATH. `HELM4` and `HELM3` name one for tests and for
/// runs by hand.
pub(super) fn find(version: HelmVersion, variable: impl Fn(&str) -> Option<String>) -> Result<PathBuf> {
    let (name, setting) = match version {
        HelmVersion::Three => ("helm3", "HELM3"),
        HelmVersion::Four => ("helm4", "HELM4"),
    };
    if let Some(named) = variable(setting).filter(|path| !path.is_empty()) {
        return Ok(named.into());
    }
    let beside = std::env::current_exe().ok().and_then(|own| Some(own.parent()?.join(name)));
    let path = variable("PATH").unwrap_or_default();
    let on_path = std::env::split_paths(&path).flat_map(|folder| [folder.join(name), folder.join("helm")]);
    beside.into_iter().chain(on_path).find(|path| path.is_file()).ok_or_else(|| {
        Error::new(format!("there is no `{name}` here")).hint(match version {
            HelmVersion::Three => "this image was built without Helm 3: leave `helm_version` out for Helm 4, or take the image that has both",
            HelmVersion::Four => "this image was built without Helm 4: set `helm_version: 3`, or take the image that has both",
        })
    })
}
