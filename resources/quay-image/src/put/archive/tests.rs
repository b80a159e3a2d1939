//! Images of every form, whole and broken.

use std::fs;
use std::path::Path;

use serde_json::{Value, json};
use stack::Folder;
use stack::image::{Builder, Content, Index, Layer, media_type};

use oci_registry::Digest;

use super::*;

async fn open_in(folder: &Folder, name: &str) -> Result<Payload> {
    let within = folder.path().canonicalize().unwrap();
    open(within.join(name), within).await
}

/// Returns message and hint of the error that opening `name` ends with.
async fn refusal(folder: &Folder, name: &str) -> String {
    format!("{:?}", open_in(folder, name).await.map(|payload| payload.top.digest).unwrap_err())
}

fn layers() -> Vec<Layer> {
    vec![
        Layer::new().directory("etc").file("etc/motd", "hello\n"),
        Layer::new().file("etc/two", "2".repeat(9000)),
    ]
}

fn image() -> Content {
    layers().into_iter().fold(Builder::new(), Builder::layer).build()
}

fn tars() -> Vec<Vec<u8>> {
    layers().iter().map(Layer::tar).collect()
}

fn truncate(path: &Path, keep: impl Fn(u64) -> u64) {
    let file = fs::File::options().write(true).open(path).unwrap();
    file.set_len(keep(file.metadata().unwrap().len())).unwrap();
}

fn gzip(from: &Path, to: &Path) {
    let mut packed = Vec::new();
    let content = fs::read(from).unwrap();
    flate2::read::GzEncoder::new(content.as_slice(), flate2::Compression::fast())
        .read_to_end(&mut packed)
        .unwrap();
    fs::write(to, packed).unwrap();
}

fn edit(path: &Path, change: impl FnOnce(&mut Value)) {
    let mut value: Value = serde_json::from_slice(&fs::read(path).unwrap()).unwrap();
    change(&mut value);
    fs::write(path, value.to_string()).unwrap();
}

#[tokio::test]
async fn the_same_image_comes_out_of_every_form() {
    let folder = Folder::new("forms");
    let image = image();
    image.write_layout(&folder.path().join("layout"), "1");
    image.write_oci_archive(&folder.path().join("oci.tar"), "1");
    gzip(&folder.path().join("oci.tar"), &folder.path().join("oci.tar.gz"));
    image.write_docker_archive(&folder.path().join("docker.tar"), "app:1", &tars());
    gzip(&folder.path().join("docker.tar"), &folder.path().join("docker.tar.gz"));
    for name in ["layout", "oci.tar", "oci.tar.gz"] {
        let payload = open_in(&folder, name).await.unwrap();
        assert_eq!(payload.top.digest.as_str(), image.digest(), "{name}");
        assert_eq!(payload.blobs.len(), 3, "{name}");
        for blob in &payload.blobs {
            blob.read(1 << 20).unwrap();
        }
    }
    let plain = open_in(&folder, "docker.tar").await.unwrap();
    let packed = open_in(&folder, "docker.tar.gz").await.unwrap();
    assert_eq!(plain.top.digest, packed.top.digest);
    assert_eq!(plain.top.media_type, media_type::DOCKER_MANIFEST);
    for blob in plain.blobs.iter().chain(&packed.blobs) {
        blob.read(1 << 20).unwrap();
    }
}

#[tokio::test]
async fn what_the_layouts_index_wraps_is_meant() {
    let folder = Folder::new("layouts");
    let inner = Index::of([image(), Builder::new().platform("linux/arm64").build()]).build();
    inner.write_layout(&folder.path().join("index"), "1");
    Index::of([inner.clone()]).build().write_layout(&folder.path().join("nested"), "1");
    for name in ["index", "nested"] {
        let payload = open_in(&folder, name).await.unwrap();
        assert_eq!(payload.top.digest.as_str(), inner.digest(), "{name}");
        assert_eq!(payload.children.len(), 2, "{name}");
    }
    let marked = folder.path().join("index");
    fs::write(marked.join("single-image-digest"), image().digest()).unwrap();
    assert_eq!(open_in(&folder, "index").await.unwrap().top.digest.as_str(), image().digest());

    let several = folder.path().join("several");
    inner.write_layout(&several, "1");
    edit(&several.join("index.json"), |index| {
        index["manifests"] = inner.json()["manifests"].clone();
    });
    let whole = Digest::sha256(&fs::read(several.join("index.json")).unwrap());
    assert_eq!(open_in(&folder, "several").await.unwrap().top.digest, whole, "the index itself");
    edit(&several.join("index.json"), |index| {
        for (at, name) in ["one", "two"].iter().enumerate() {
            index["manifests"][at]["annotations"] = json!({"org.opencontainers.image.ref.name": name});
        }
    });
    assert!(refusal(&folder, "several").await.contains("it has 2 images: one, two"));
}

#[tokio::test]
async fn what_is_no_image_is_named() {
    let folder = Folder::new("foreign");
    folder.write("empty", "");
    folder.write("program", b"\x7fELF\x02\x01");
    folder.write("page.html", "<html>");
    folder.write("notes", "just text");
    fs::write(folder.path().join("rootfs.tar"), &tars()[0]).unwrap();
    fs::create_dir_all(folder.path().join("get/rootfs")).unwrap();
    folder.write("get/metadata.json", "{}");
    fs::create_dir_all(folder.path().join("build")).unwrap();
    folder.write("build/image.tar", "");
    fs::create_dir(folder.path().join("nothing")).unwrap();
    let cases = [
        ("missing", "No such file"),
        ("empty", "the file is empty"),
        ("program", "it is no image but a program (ELF)"),
        ("page.html", "it is no image but a web page"),
        ("notes", "it is no image but a text"),
        ("rootfs.tar", "it is no image but a tarball with `etc/motd`"),
        ("get", "it is no image but an unpacked image (format rootfs)"),
        ("build", "did you mean `build/image.tar`?"),
        ("nothing", "it is no image but an empty folder"),
    ];
    for (name, expected) in cases {
        let refusal = refusal(&folder, name).await;
        assert!(refusal.contains(expected), "{name}: {refusal}");
    }
}

#[tokio::test]
async fn what_is_cut_off_or_damaged_is_refused() {
    let folder = Folder::new("damaged");
    let path = |name: &str| folder.path().join(name);
    image().write_oci_archive(&path("half.tar"), "1");
    truncate(&path("half.tar"), |length| length / 2);
    image().write_oci_archive(&path("whole.tar"), "1");
    gzip(&path("whole.tar"), &path("half.tar.gz"));
    truncate(&path("half.tar.gz"), |length| length / 2);
    image().write_docker_archive(&path("swapped.tar"), "app:1", &[tars()[1].clone(), tars()[0].clone()]);
    image().write_docker_archive(&path("fewer.tar"), "app:1", &tars()[..1]);
    let layer = image().blobs[0].digest.replace(':', "/");
    for name in ["short", "gone", "changed"] {
        image().write_layout(&path(name), "1");
    }
    truncate(&path("short").join("blobs").join(&layer), |length| length - 1);
    fs::remove_file(path("gone").join("blobs").join(&layer)).unwrap();
    let manifest = path("changed").join("blobs").join(image().digest().replace(':', "/"));
    let mut bytes = fs::read(&manifest).unwrap();
    *bytes.last_mut().unwrap() = b' ';
    fs::write(&manifest, bytes).unwrap();
    let cases = [
        ("half.tar", "cut off"),
        ("half.tar.gz", "cut off"),
        ("swapped.tar", "and the configuration says"),
        ("fewer.tar", "names 1 layers, and the configuration 2"),
        ("short", "were announced"),
        ("gone", "which isn't in it"),
        ("changed", "is damaged"),
    ];
    for (name, expected) in cases {
        let refusal = refusal(&folder, name).await;
        assert!(refusal.contains(expected), "{name}: {refusal}");
    }
}

#[tokio::test]
async fn links_stay_within_the_inputs() {
    let folder = Folder::new("links");
    let inputs = folder.path().join("inputs");
    image().write_layout(&folder.path().join("outside"), "1");
    image().write_layout(&inputs.join("layout"), "1");
    fs::remove_file(inputs.join("layout/index.json")).unwrap();
    std::os::unix::fs::symlink(folder.path().join("outside/index.json"), inputs.join("layout/index.json"))
        .unwrap();
    let within = inputs.canonicalize().unwrap();
    let problem = open(within.join("layout"), within).await.unwrap_err();
    assert!(problem.to_string().contains("leads out of the inputs"), "{problem}");
}
