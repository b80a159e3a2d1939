//! Schemas that images print.

use acceptance::program;
use stack::{Registry, image};

use crate::desk::Desk;

const PIPELINE: &str = "
resource_types: [{name: slack, type: registry-image, source: {repository: acme/slack}}]
resources: [{name: r, type: slack, source: {chanel: x}}]
jobs: [{name: j, plan: [{put: r}]}]
";

#[test]
#[expect(clippy::print_stderr, reason = "a test that is skipped must say so")]
fn an_image_is_asked_for_its_schema() {
    let path = std::env::var_os("PATH").unwrap_or_default();
    let is_here = |name: &str| std::env::split_paths(&path).any(|folder| folder.join(name).exists());
    if !["runc", "crun", "youki"].into_iter().any(is_here) {
        eprintln!("skipped: no OCI runtime is here");
        return;
    }
    let found = ["/bin/busybox", "/usr/bin/busybox"].into_iter().find_map(|path| std::fs::read(path).ok());
    let schema = r#"{"source": {"type": "object", "additionalProperties": false, "properties": {"channel": {"type": "string"}}}}"#;
    let layer = image::Layer::new()
        .executable("bin/busybox", found.expect("busybox is installed (Debian's package busybox-static)"))
        .symlink("bin/sh", "busybox")
        .executable("opt/resource/check", format!("#!/bin/sh\necho '{schema}'\n"));
    let registry = Registry::plain();
    image::Builder::new().layer(layer).build().push(&registry, "acme/slack", "1");
    program("quay-image");
    let desk = Desk::with(PIPELINE);
    let place = format!("http://{}/acme/slack:1", registry.host());
    desk.quayside(&format!("lint --schema slack=image:{place} pipeline.yml"))
        .ended(1)
        .said(&["the source of `slack` has no `chanel`", "write `channel`"]);
    let none = format!("http://{}/acme/none:1", registry.host());
    desk.quayside(&format!("lint --schema slack=image:{none} pipeline.yml"))
        .ended(2)
        .complained(&["printed no schema"]);
}
