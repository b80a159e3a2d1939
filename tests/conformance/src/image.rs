//! The image that tasks of cases run in.

use std::fs;

use stack::{Registry, image};

/// What tasks of cases call.
const PROGRAMS: &[&str] =
    &["basename", "cat", "echo", "env", "grep", "ls", "mkdir", "pwd", "sh", "sleep", "test", "touch", "true"];

/// Pushes an image with busybox. Returns its repository.
///
/// # Panics
///
/// When there is no busybox here, or the registry refuses it.
pub fn push_image(registry: &Registry) -> String {
    let found = ["/bin/busybox", "/usr/bin/busybox"].into_iter().find_map(|path| fs::read(path).ok());
    let busybox = found.expect("busybox is installed (Debian's package busybox-static)");
    let layer = image::Layer::new().executable("bin/busybox", busybox);
    let layer = PROGRAMS.iter().fold(layer, |layer, name| layer.symlink(format!("bin/{name}"), "busybox"));
    let image = image::Builder::new().layer(layer).build();
    image.push(registry, "conformance/box", "latest");
    format!("{}/conformance/box", registry.host())
}
