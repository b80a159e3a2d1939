//! Getting a large image as a root filesystem, beside the peers and the physical limits.

use std::fs;
use std::path::Path;
use std::time::Duration;

use serde_json::json;
use stack::{FaultProxy, Folder, Registry};

use super::{available, cache};
use crate::command::Measured;
use crate::disk::Disk;
use crate::large_image;
use crate::measure::median;
use crate::table::Table;

const RUNS: usize = 3;
const LATENCY: Duration = Duration::from_millis(20);

pub(super) fn run() -> Result<(), String> {
    let layout = large_image::layout(&cache()).map_err(|problem| problem.to_string())?;
    let registry = Registry::plain();
    push(&layout, &registry.host())?;
    compare("get rootfs, registry on loopback", &registry.host(), &layout)?;
    let proxy = FaultProxy::builder(&registry).latency(LATENCY).start();
    compare("get rootfs, 20 ms added to each request", &proxy.host(), &layout)?;
    limits(&layout)
}

fn push(layout: &Path, host: &str) -> Result<(), String> {
    let crane = stack::binary("crane");
    let target = format!("{host}/bench/large:1.0.0");
    let arguments = ["push", "--insecure", &layout.display().to_string(), &target];
    median(&Measured::program("crane push", crane, &arguments), 1, || Ok(())).map(|_| ())
}

fn compare(title: &str, host: &str, layout: &Path) -> Result<(), String> {
    let disk = Disk::new();
    let target = disk.target();
    let reference = format!("{host}/bench/large:1.0.0");
    let payload = json!({
        "source": {"repository": format!("{host}/bench/large"), "tag": "1.0.0"},
        "version": {"tag": "1.0.0", "digest": digest(layout)?},
    });
    let crane = stack::binary("crane").display().to_string();
    let place = target.display();
    let mut commands = vec![
        Measured::step("quay-image in", "quay-image", "in", Some(&target), &payload),
        Measured::shell(
            "crane export, tar x",
            &format!("{crane} export --insecure {reference} - | tar x -C {place}"),
        ),
    ];
    if available("skopeo") && available("umoci") {
        let line = format!(
            "skopeo copy --quiet --src-tls-verify=false docker://{reference} oci:{place}/image:large && \
             umoci raw unpack --image {place}/image:large {place}/rootfs"
        );
        commands.push(Measured::shell("skopeo copy, umoci unpack", &line));
    }
    let mut table = Table::new(title);
    for command in commands {
        table.add(&command.label, median(&command, RUNS, || disk.renew())?);
    }
    table.print();
    Ok(())
}

/// What no program can do without: each of the parts alone, on data in memory.
fn limits(layout: &Path) -> Result<(), String> {
    let folder = Folder::new("bench");
    let disk = Disk::new();
    let target = disk.target();
    let layers = layers(layout)?;
    let mut commands = vec![
        Measured::shell("decompression alone: gzip -dc", &format!("cat {layers} | gzip -dc >/dev/null")),
        Measured::shell("hashing alone: sha256sum of the blobs", &format!("sha256sum {layers} >/dev/null")),
    ];
    if available("libdeflate-gunzip") {
        let line = format!("for layer in {layers}; do libdeflate-gunzip -c <$layer >/dev/null; done");
        commands.push(Measured::shell("decompression alone: libdeflate", &line));
    }
    let plain = folder.path().join("plain");
    let unpacked = format!("for layer in {layers}; do gzip -dc $layer; done >{}", plain.display());
    median(&Measured::shell("unpacked layers", &unpacked), 1, || Ok(()))?;
    let line = format!("tar x --ignore-zeros -C {} -f {}", target.display(), plain.display());
    commands.push(Measured::shell("file creation alone: tar x of plain layers", &line));
    let mut table = Table::new("physical limits (ratios against the first row)");
    for command in commands {
        table.add(&command.label, median(&command, RUNS, || disk.renew())?);
    }
    table.print();
    Ok(())
}

fn digest(layout: &Path) -> Result<String, String> {
    let index = fs::read_to_string(layout.join("index.json")).map_err(|problem| problem.to_string())?;
    let index: serde_json::Value = serde_json::from_str(&index).map_err(|problem| problem.to_string())?;
    index["manifests"][0]["digest"]
        .as_str()
        .map(str::to_owned)
        .ok_or_else(|| "no digest in index.json".into())
}

/// Returns the paths of the layers' blobs, blank between them.
fn layers(layout: &Path) -> Result<String, String> {
    let manifest = digest(layout)?.replacen(':', "/", 1);
    let manifest =
        fs::read_to_string(layout.join("blobs").join(manifest)).map_err(|problem| problem.to_string())?;
    let manifest: serde_json::Value =
        serde_json::from_str(&manifest).map_err(|problem| problem.to_string())?;
    let path = |layer: &serde_json::Value| {
        let digest = layer["digest"].as_str().unwrap_or_default().replacen(':', "/", 1);
        layout.join("blobs").join(digest).display().to_string()
    };
    let paths: Vec<String> = manifest["layers"].as_array().into_iter().flatten().map(path).collect();
    Ok(paths.join(" "))
}
