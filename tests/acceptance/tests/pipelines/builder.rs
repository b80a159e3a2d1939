//! An image with a RUN step, by the shared task and a builder made of this machine's buildah, in a container as root.

use std::fs;
use std::os::unix::fs::MetadataExt;
use std::path::{Path, PathBuf};
use std::process::{Command, Stdio};

use acceptance::program;
use shop::{Ended, repository};
use stack::image::{Builder, Content, Layer};
use stack::{Folder, Registry};

/// What a builder's image has as its program: takes CONTEXT and DOCKERFILE, and writes to `image`.
const BUILD: &str = r#"#!/bin/sh
set -eu
buildah() { command buildah --root /var/builder/root --runroot /var/builder/run --storage-driver vfs "$@"; }
buildah bud --isolation chroot ${DOCKERFILE:+--file "$DOCKERFILE"} --tag built "$CONTEXT"
buildah push built oci-archive:image/image.tar
"#;
const DOCKERFILE: &str = r#"FROM scratch
COPY busybox /bin/busybox
RUN ["/bin/busybox", "sh", "-c", "echo made by a step > /made"]
ENTRYPOINT ["/bin/busybox"]
"#;

#[test]
fn a_dockerfile_with_a_run_step_becomes_an_image() {
    // Builders need to be root, and a container to be so in.
    if !["runc", "crun", "youki"].iter().any(|name| find(name).is_some()) || !is_root() {
        return;
    }
    let registry = Registry::plain();
    let builder = builder();
    builder.push(&registry, "builder", "1");
    let source = Folder::new("source");
    source.write("Dockerfile", DOCKERFILE);
    fs::copy(find("busybox").expect("busybox"), source.path().join("busybox")).unwrap();

    let built = Folder::new("built");
    let ended = task(
        &source,
        &built,
        &[
            format!("image.repository={}/builder", registry.host()),
            format!("image.digest={}", builder.digest()),
        ],
    );
    let ended = ended.ended(0);
    let list = Command::new("tar").arg("-tf").arg(built.path().join("image.tar")).output().unwrap();
    let list = String::from_utf8_lossy(&list.stdout).into_owned();
    assert!(list.contains("index.json") && list.contains("blobs/sha256/"), "{list}\n{}", ended.said);
    assert!(holds_what_the_step_made(built.path()), "{}", ended.said);
}

fn task(source: &Folder, built: &Folder, variables: &[String]) -> Ended {
    let home = Folder::new("home");
    let mut command = Command::new(program("quayside"));
    command.args(["task", "-p", "-c"]).arg(repository().join("pipelines/tasks/build-image.yml"));
    command.arg("-i").arg(format!("source={}", source.path().display()));
    command.arg("-o").arg(format!("built={}", built.path().display()));
    for variable in variables {
        command.args(["-v", variable]);
    }
    command.env_clear().env("PATH", std::env::var_os("PATH").unwrap_or_default());
    command.env("QUAYSIDE_HOME", home.path()).current_dir(source.path()).stdin(Stdio::null());
    // The image is fetched by our own program beside.
    program("quay-image");
    Ended::from(command.output().unwrap())
}

/// Unpacks the archive and looks through its layers.
fn holds_what_the_step_made(built: &Path) -> bool {
    let layout = Folder::new("layout");
    let tar = |archive: &Path, what: &str| {
        Command::new("tar").arg(what).arg(archive).arg("-C").arg(layout.path()).output().unwrap()
    };
    assert!(tar(&built.join("image.tar"), "-xf").status.success());
    let blobs = fs::read_dir(layout.path().join("blobs/sha256")).unwrap().flatten();
    blobs.into_iter().any(|blob| {
        let listed = Command::new("tar").arg("-tf").arg(blob.path()).output().unwrap();
        String::from_utf8_lossy(&listed.stdout).lines().any(|line| line == "made")
    })
}

/// An image of buildah with the libraries that it loads, and a shell.
fn builder() -> Content {
    let mut layer = Layer::new()
        .directory("tmp")
        .directory("var/tmp")
        .directory("var/builder")
        .executable("usr/bin/build", BUILD);
    let buildah = find("buildah").expect("buildah is installed by ci/lib/tools");
    for path in libraries(&buildah) {
        layer = layer.executable(inside(&path), fs::read(&path).unwrap());
    }
    layer = layer.executable("usr/bin/buildah", fs::read(&buildah).unwrap());
    layer = layer.executable("bin/busybox", fs::read(find("busybox").expect("busybox")).unwrap());
    layer = layer.symlink("bin/sh", "busybox").file("etc/passwd", "root:x:0:0:root:/root:/bin/sh\n");
    let policy = r#"{"default": [{"type": "insecureAcceptAnything"}]}"#;
    layer = layer.file("etc/containers/policy.json", policy).file("etc/containers/registries.conf", "");
    Builder::new().layer(layer).env("PATH", "/usr/bin:/bin").env("HOME", "/root").build()
}

/// Where the loader finds what a program loads.
fn libraries(program: &Path) -> Vec<PathBuf> {
    let output = Command::new("ldd").arg(program).output().expect("ldd can be run");
    let text = String::from_utf8_lossy(&output.stdout).into_owned();
    let words = text.lines().filter_map(|line| line.split_whitespace().find(|word| word.starts_with('/')));
    words.map(PathBuf::from).collect()
}

fn inside(path: &Path) -> String {
    path.to_string_lossy().trim_start_matches('/').to_owned()
}

fn find(program: &str) -> Option<PathBuf> {
    let path = std::env::var_os("PATH").unwrap_or_default();
    std::env::split_paths(&path).map(|folder| folder.join(program)).find(|path| path.is_file())
}

fn is_root() -> bool {
    fs::metadata("/proc/self").is_ok_and(|found| found.uid() == 0)
}
