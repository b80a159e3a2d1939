//! The images of the resource types that we ship.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

/// Returns the OCI layout of a type's image: the one in the folder that `QUAYSIDE_IMAGES` names, or one built here.
///
/// # Panics
///
/// When it cannot be built.
pub fn image(name: &str) -> PathBuf {
    if let Some(folder) = std::env::var_os("QUAYSIDE_IMAGES") {
        return PathBuf::from(folder).join(name);
    }
    let script = Path::new(env!("CARGO_MANIFEST_DIR")).join("../../images/build");
    let output = Command::new(script).arg(name).stderr(Stdio::inherit()).output().expect("bash is installed");
    assert!(output.status.success(), "images/build {name}");
    PathBuf::from(String::from_utf8_lossy(&output.stdout).trim())
}
