//! The images of the resource types, where the Concourse fetches them.

use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use shop::repository;
use stack::Registry;

/// The resource types that we ship.
const TYPES: [&str; 3] = ["quay-image", "helm-release", "vault-secret"];

/// Pushes the image of each type as `types/<name>:test`. They are OCI layouts in the folder that `QUAYSIDE_IMAGES`
/// names, or built here.
pub(crate) fn push(registry: &Registry) {
    for name in TYPES {
        let layout = match std::env::var_os("QUAYSIDE_IMAGES") {
            Some(folder) => PathBuf::from(folder).join(name),
            None => build(name),
        };
        copy(&layout, &format!("{}/types/{name}:test", registry.host()));
    }
}

fn build(name: &str) -> PathBuf {
    let script = repository().join("images/build");
    let output = Command::new(script).arg(name).stderr(Stdio::inherit()).output().unwrap();
    assert!(output.status.success(), "images/build {name}");
    PathBuf::from(String::from_utf8_lossy(&output.stdout).trim())
}

/// By a tool that is not ours.
fn copy(layout: &Path, target: &str) {
    let source = format!("oci:{}:latest", layout.display());
    let copy = ["copy", "--quiet", "--dest-tls-verify=false", &source, &format!("docker://{target}")];
    let copied = Command::new("skopeo").args(copy).status().unwrap();
    assert!(copied.success(), "skopeo copy {source} {target}");
}
