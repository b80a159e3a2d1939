//! Putting a large image: all of it, and again when nothing has changed.

use serde_json::json;
use stack::{Folder, Registry};

use super::{available, cache};
use crate::command::Measured;
use crate::large_image;
use crate::measure::median;
use crate::table::Table;

pub(super) fn run() -> Result<(), String> {
    let layout = large_image::layout(&cache()).map_err(|problem| problem.to_string())?;
    let inputs = Folder::new("bench");
    let archive = inputs.path().join("image.tar");
    let pack = format!("tar c -C {} -f {} oci-layout index.json blobs", layout.display(), archive.display());
    median(&Measured::shell("tar", &pack), 1, || Ok(()))?;
    let registry = Registry::plain();
    let host = registry.host();

    let payload = json!({
        "source": {"repository": format!("{host}/ours/large"), "tag": "1.0.0"},
        "params": {"image": "image.tar"},
    });
    let ours = |label: &str| Measured::step(label, "quay-image", "out", Some(inputs.path()), &payload);
    let place = layout.display().to_string();
    let crane = |label: &str| {
        let target = format!("{host}/crane/large:1.0.0");
        Measured::program(label, stack::binary("crane"), &["push", "--insecure", &place, &target])
    };
    let skopeo = |label: &str| {
        let source = format!("oci-archive:{}", archive.display());
        let target = format!("docker://{host}/skopeo/large:1.0.0");
        let arguments = ["copy", "--quiet", "--dest-tls-verify=false", &source, &target];
        Measured::program(label, "skopeo", &arguments)
    };
    let with_skopeo = available("skopeo");
    for (title, when) in [("put of a large image", "first"), ("put of the same image again", "again")] {
        let mut commands = vec![ours("quay-image out"), crane("crane push")];
        if with_skopeo {
            commands.push(skopeo("skopeo copy"));
        }
        let mut table = Table::new(title);
        // A first push can't be repeated against the same registry.
        let runs = if when == "first" { 1 } else { 3 };
        for command in commands {
            table.add(&command.label, median(&command, runs, || Ok(()))?);
        }
        table.print();
    }
    Ok(())
}
