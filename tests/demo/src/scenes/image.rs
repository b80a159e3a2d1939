//! An image's way: made of this machine's files, put to a real registry, checked, fetched, run.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;

use serde_json::{Value, json};
use stack::image::{Builder, Content, Entry, Layer};
use stack::{Folder, Registry};

use crate::narrator::Narrator;
use crate::resource::Resource;

pub(crate) fn play(narrator: &Narrator) -> Result<(), String> {
    narrator.scene("quay-image: an image from a folder to a registry and back");
    let registry = Registry::plain();
    let folder = Folder::new("demo");
    narrator.say(format_args!("A real registry listens on {}.", registry.host()));

    let image = machine_image()?;
    let build = make(folder.path(), "build")?;
    image.write_oci_archive(&build.join("image.tar"), "demo");
    fs::write(build.join("tags"), "stable demo-2026\n").map_err(|problem| problem.to_string())?;
    narrator.say(format_args!(
        "An image of {} layers, made of this machine's own files, waits as image.tar.",
        LAYERS
    ));

    let repository = format!("{}/acme/hello", registry.host());
    let quay = Resource::new(narrator, "quay-image", json!({"repository": repository}));
    narrator.say("It goes to the registry as 1.2.3, with the aliases 1.2, 1 and latest, and two more tags:");
    let pushed = quay.put(
        &build,
        json!({"image": "image.tar", "version": "1.2.3", "bump_aliases": true, "additional_tags": "tags"}),
    )?;
    narrator.output(&pushed.to_string());

    narrator.say("Again: nothing has to be sent.");
    quay.put(&build, json!({"image": "image.tar", "version": "1.2.3", "bump_aliases": true}))?;

    narrator.say("What Concourse would see:");
    let versions = quay.check(None)?;
    let newest = versions.as_array().and_then(|all| all.last()).cloned().ok_or("check found no version")?;

    narrator.say("Fetched as a root filesystem, as Concourse runs it:");
    let rootfs = make(folder.path(), "rootfs")?;
    let fetched = quay.get(&rootfs, &newest, json!({}))?;
    narrator.output(&fetched.to_string());
    narrator.say("A program runs inside it:");
    run_inside(narrator, &rootfs.join("rootfs"))?;

    narrator.say("Fetched as an OCI layout, whose digest is the registry's:");
    let layout = make(folder.path(), "layout")?;
    quay.get(&layout, &newest, json!({"format": "oci-layout"}))?;
    compare_digests(narrator, &layout, &newest)
}

const LAYERS: usize = 3;
/// Enough of the machine's files that there is something to see, and not so many that one has to wait.
const MOST_BYTES: u64 = 48 * 1024 * 1024;

/// A static shell, some of the machine's own data, and a greeting on top.
fn machine_image() -> Result<Content, String> {
    let shell = ["/bin/busybox", "/usr/bin/busybox"].iter().find_map(|path| fs::read(path).ok());
    let shell = shell.ok_or("busybox is not installed: `apt-get install busybox-static`")?;
    let base = Layer::new().directory("bin").executable("bin/busybox", shell).symlink("bin/sh", "busybox");
    let hello = "#!/bin/sh\necho \"hello from $(busybox cat /etc/motd), with $(busybox find /data -type f | busybox wc -l) files\"\n";
    let top = Layer::new().directory("etc").file("etc/motd", "the image").executable("bin/hello", hello);
    Ok(Builder::new()
        .layer(base)
        .layer(machine_files()?)
        .layer(top)
        .env("PATH", "/bin")
        .label("team", "demo")
        .build())
}

fn machine_files() -> Result<Layer, String> {
    let mut layer = Layer::new().directory("data");
    let mut left = MOST_BYTES;
    let mut folders = vec![
        PathBuf::from("/usr/share/zoneinfo"),
        PathBuf::from("/usr/share/perl"),
        PathBuf::from("/usr/bin"),
    ];
    while let Some(folder) = folders.pop() {
        let Ok(entries) = fs::read_dir(&folder) else { continue };
        for entry in entries.flatten() {
            let path = entry.path();
            let metadata = entry.metadata().map_err(|problem| problem.to_string())?;
            if metadata.is_dir() {
                folders.push(path);
            } else if metadata.is_file() && metadata.len() <= left {
                let Ok(content) = fs::read(&path) else { continue };
                left -= metadata.len();
                let name =
                    format!("data/{}", path.to_string_lossy().trim_start_matches('/').replace('/', "-"));
                layer = layer.entry(Entry::file(name, content));
            }
        }
    }
    Ok(layer)
}

fn make(parent: &Path, name: &str) -> Result<PathBuf, String> {
    let folder = parent.join(name);
    fs::create_dir(&folder).map_err(|problem| format!("cannot make {}: {problem}", folder.display()))?;
    Ok(folder)
}

/// `chroot` needs root, or a user namespace in which we are.
fn run_inside(narrator: &Narrator, rootfs: &Path) -> Result<(), String> {
    narrator.command("unshare --map-root-user chroot rootfs/rootfs /bin/hello");
    let output = Command::new("unshare")
        .args(["--map-root-user", "chroot"])
        .arg(rootfs)
        .arg("/bin/hello")
        .env("PATH", "/usr/sbin:/usr/bin:/sbin:/bin")
        .output()
        .map_err(|problem| format!("cannot run unshare: {problem}"))?;
    if !output.status.success() {
        return Err(format!("the program inside failed: {}", String::from_utf8_lossy(&output.stderr)));
    }
    narrator.output(&String::from_utf8_lossy(&output.stdout));
    Ok(())
}

fn compare_digests(narrator: &Narrator, layout: &Path, version: &Value) -> Result<(), String> {
    let index =
        fs::read(layout.join("oci/index.json")).map_err(|problem| format!("no index.json: {problem}"))?;
    let index: Value = serde_json::from_slice(&index).map_err(|problem| problem.to_string())?;
    let (local, remote) = (&index["manifests"][0]["digest"], &version["digest"]);
    narrator.output(&format!("oci/index.json  {local}\nregistry        {remote}"));
    if local == remote { Ok(()) } else { Err("the digests differ".into()) }
}
