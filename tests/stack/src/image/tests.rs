use http::{Method, StatusCode};

use super::*;
use crate::folder::Folder;
use crate::registry::{Registry, TokenAuth};

fn small_image(text: &str) -> Content {
    let base = Layer::new().directory("etc").file("etc/motd", text);
    let top = Layer::new().whiteout("etc/motd").executable("bin/run", "#!/bin/sh\n").zstd();
    Builder::new().layer(base).layer(top).label("text", text).env("A", "b").build()
}

#[test]
fn every_kind_of_registry_takes_and_returns_an_image() {
    let registries = [
        Registry::plain(),
        Registry::builder().tls().htpasswd("ann", "right").start(),
        Registry::builder().token_auth(TokenAuth::user("ann", "right")).start(),
    ];
    let image = small_image("hello");
    for registry in &registries {
        image.push(registry, "acme/app", "1.0.0");
        let remote = Remote::from(registry);
        assert_eq!(remote.digest("acme/app", "1.0.0").as_deref(), Some(image.digest()));
        assert_eq!(remote.manifest("acme/app", "1.0.0"), Some(image.json()));
        assert_eq!(remote.blob("acme/app", &image.blobs[0].digest).as_deref(), Some(&*image.blobs[0].bytes));
        assert_eq!(remote.tags("acme/app"), ["1.0.0"]);
        remote.delete("acme/app", image.digest());
        assert_eq!(remote.digest("acme/app", "1.0.0"), None);
    }
}

#[test]
fn nested_indexes_and_referrers_are_taken() {
    let registry = Registry::plain();
    let arm =
        Builder::new().platform("linux/arm/v7").layer(Layer::new().file("arm", "").plain()).docker().build();
    let inner = Index::of([small_image("amd"), arm]).annotation("inner", "yes").build();
    let signature =
        Artifact::new("application/example").subject(&inner).blob(Blob::new("text/plain", "signed"));
    let signature = signature.annotation("by", "ann").build();
    let outer = Index::of([inner.clone(), signature.clone()]).build();
    outer.push(&registry, "acme/all", "latest");

    let remote = Remote::from(&registry);
    let index = remote.manifest("acme/all", inner.digest()).expect("the inner index");
    assert_eq!(index["manifests"][1]["platform"]["variant"], "v7");
    let (status, _, body) =
        remote.request(Method::GET, "acme/all", &format!("manifests/{}", signature.digest()));
    assert_eq!(status, StatusCode::OK);
    assert!(String::from_utf8(body).expect("JSON").contains(inner.digest()));
}

#[test]
fn one_image_gets_many_tags() {
    let registry = Registry::plain();
    let tags: Vec<String> = (0..50).map(|patch| format!("1.0.{patch}")).collect();
    small_image("many").push_tags(&registry, "acme/many", &tags);
    assert_eq!(Remote::from(&registry).tags("acme/many").len(), tags.len());
}

#[test]
fn layout_holds_every_blob_under_its_digest() {
    let folder = Folder::new("layout");
    let image = small_image("layout");
    image.write_layout(folder.path(), "1.0.0");
    for blob in image.all_blobs() {
        let file = folder.path().join("blobs/sha256").join(blob.digest.trim_start_matches("sha256:"));
        assert_eq!(digest(&std::fs::read(file).expect("a blob of the layout")), blob.digest);
    }
    let index = std::fs::read_to_string(folder.path().join("index.json")).expect("the layout's index");
    assert!(index.contains(image.digest()) && index.contains("1.0.0"), "{index}");
}

#[test]
fn archives_are_read_by_the_standard_tools() {
    let folder = Folder::new("archive");
    let image = small_image("archive");
    let (oci, docker) = (folder.path().join("oci.tar"), folder.path().join("docker.tar"));
    image.write_oci_archive(&oci, "1.0.0");
    let layers = [Layer::new().file("a", "1"), Layer::new().file("b", "2")];
    let saved = layers.iter().fold(Builder::new(), |image, layer| image.layer(layer.clone())).build();
    saved.write_docker_archive(&docker, "acme/app:1.0.0", &layers.map(|layer| layer.tar()));

    let registry = Registry::plain();
    let target = format!("{}/acme/saved:1", registry.host());
    let push = |source: &std::path::Path| {
        let mut command = std::process::Command::new(crate::binary("crane"));
        let output = command.arg("push").arg(source).arg(&target).output().expect("crane runs");
        assert!(output.status.success(), "{}", String::from_utf8_lossy(&output.stderr));
    };
    push(&docker);
    let layout = Folder::new("extracted");
    tar::Archive::new(std::fs::File::open(&oci).expect("the archive"))
        .unpack(layout.path())
        .expect("a tar archive");
    push(layout.path());
    assert_eq!(Remote::from(&registry).digest("acme/saved", "1").as_deref(), Some(image.digest()));
}
