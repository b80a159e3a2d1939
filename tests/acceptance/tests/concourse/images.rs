//! The images of the resource types, where the Concourse fetches them.

use std::path::Path;
use std::process::Command;

use stack::Registry;

/// The resource types that we ship.
const TYPES: [&str; 3] = ["quay-image", "helm-release", "vault-secret"];

/// Pushes the image of each type as `types/<name>:test`.
pub(crate) fn push(registry: &Registry) {
    for name in TYPES {
        copy(&concourse::image(name), &format!("{}/types/{name}:test", registry.host()));
    }
}

/// By a tool that is not ours.
fn copy(layout: &Path, target: &str) {
    let source = format!("oci:{}:latest", layout.display());
    let copy = ["copy", "--quiet", "--dest-tls-verify=false", &source, &format!("docker://{target}")];
    let copied = Command::new("skopeo").args(copy).status().unwrap();
    assert!(copied.success(), "skopeo copy {source} {target}");
}
