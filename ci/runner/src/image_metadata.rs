//! What an image says of itself: `metadata.json` beside its `rootfs`.

use serde::Deserialize;

use crate::outcome::Problem;
use crate::volume::Volume;

/// The settings of an image that count; others are not read.
#[derive(Clone, Debug, Default, PartialEq, Eq, Deserialize)]
pub(crate) struct ImageMetadata {
    /// `NAME=value`.
    #[serde(default)]
    pub(crate) env: Option<Vec<String>>,
    /// Who runs in it; empty is root.
    #[serde(default)]
    pub(crate) user: Option<String>,
    #[serde(default)]
    cmd: Option<Vec<String>>,
    #[serde(default)]
    entrypoint: Option<Vec<String>>,
}

impl ImageMetadata {
    /// Reads the settings of a fetched image.
    ///
    /// # Errors
    /// The artifact is no image in rootfs format.
    pub(crate) fn of(volume: &Volume) -> Result<Self, Problem> {
        let text = volume.read("metadata.json").map_err(|error| {
            Problem::new(format!("stream image metadata file: {error}"))
                .hint("the image must be in rootfs format: a folder `rootfs` and a file `metadata.json`")
        })?;
        serde_json::from_str(&text)
            .map_err(|error| Problem::new(format!("error parsing metadata.json from rootfs: {error}")))
    }

    /// Returns entry point and command.
    pub(crate) fn command(&self) -> Vec<String> {
        self.entrypoint.iter().chain(&self.cmd).flatten().cloned().collect()
    }
}
