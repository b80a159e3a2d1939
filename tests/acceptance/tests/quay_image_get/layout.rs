//! `format: oci-layout`: everything, byte for byte.

use std::fs;

use serde_json::{Value, json};
use stack::image::{Artifact, Blob, Builder, Content, Index, Layer};

use crate::place::{Place, REPOSITORY, TAG, image};

fn of(platform: &str) -> Content {
    Builder::new().platform(platform).layer(Layer::new().file("name", platform)).build()
}

/// Returns the digest of the one manifest that `index.json` names.
fn named(place: &Place) -> Value {
    let index = place.json("oci/index.json");
    assert_eq!(index["manifests"].as_array().unwrap().len(), 1);
    index["manifests"][0]["digest"].clone()
}

#[test]
fn every_blob_is_there_byte_for_byte() {
    let nested = Index::of([of("linux/s390x")]).annotation("nested", "yes").build();
    let cases = [
        ("one image", image()),
        ("an index", Index::of([of("linux/amd64"), of("linux/arm64")]).build()),
        ("an index in an index", Index::of([of("linux/amd64"), nested]).build()),
        ("Docker's list", Index::of([Builder::new().docker().layer(Layer::new()).build()]).docker().build()),
        ("an empty index", Index::of([]).build()),
    ];
    for (case, content) in cases {
        let place = Place::with(&content);
        place.get(&content, &json!({"format": "oci-layout"})).json();
        assert_eq!(place.json("oci/oci-layout"), json!({"imageLayoutVersion": "1.0.0"}), "{case}");
        assert_eq!(named(&place), content.digest(), "{case}");
        for blob in content.all_blobs() {
            let path = place.path(&format!("oci/blobs/{}", blob.digest.replace(':', "/")));
            assert_eq!(fs::read(path).unwrap(), blob.bytes, "{case}: {}", blob.digest);
        }
        assert_eq!(place.path("oci/single-image-digest").exists(), case == "one image", "{case}");
    }
}

#[test]
fn one_image_is_named_as_such() {
    let image = image();
    let place = Place::with(&image);
    place.get(&image, &json!({"format": "oci-layout"})).json();
    assert_eq!(place.text("oci/single-image-digest"), image.digest());
}

#[test]
fn a_put_of_the_layout_gives_the_same_digest() {
    for content in [image(), Index::of([of("linux/amd64"), of("linux/arm64")]).build()] {
        let place = Place::with(&content);
        place.get(&content, &json!({"format": "oci-layout"})).json();
        let put = place.quay.put(place.folder.path(), &json!({"image": "oci", "version": "2.0.0"})).json();
        assert_eq!(put["version"], json!({"tag": "2.0.0", "digest": content.digest()}));
    }
}

#[test]
fn artifacts_and_what_refers_to_an_image_are_kept() {
    let image = image();
    let sbom = Artifact::new("application/spdx+json")
        .blob(Blob::new("text/spdx+json", "{}"))
        .subject(&image)
        .build();
    let place = Place::with(&image);
    sbom.push(&place.registry, REPOSITORY, "sbom");
    // How a registry without the referrers API, as this one, is told.
    let fallback_tag = image.digest().replace(':', "-");
    Index::of([sbom.clone()]).build().push(&place.registry, REPOSITORY, &fallback_tag);
    place.get(&image, &json!({"format": "oci-layout"})).json();
    for blob in sbom.all_blobs() {
        assert!(
            place.path(&format!("oci/blobs/{}", blob.digest.replace(':', "/"))).exists(),
            "{}",
            blob.digest
        );
    }
    assert_eq!(named(&place), image.digest());

    let place = Place::with(&sbom);
    place.get(&sbom, &json!({"format": "oci-layout"})).json();
    assert_eq!(named(&place), sbom.digest());
    let outcome = Place::with(&sbom).get(&sbom, &json!({}));
    assert!(outcome.error().contains("application/spdx+json"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("format: oci-layout"), "{}", outcome.stderr);
}

#[test]
fn the_layout_is_read_by_other_programs() {
    let index = Index::of([of("linux/amd64"), of("linux/arm64")]).build();
    let place = Place::with(&index);
    place.get(&index, &json!({"format": "oci-layout"})).json();
    let crane = stack::binary("crane");
    let target = format!("{}/other/app:{TAG}", place.registry.host());
    let pushed = std::process::Command::new(crane)
        .args(["push", "--insecure", "--index", &place.path("oci").display().to_string(), &target])
        .output()
        .unwrap();
    assert!(pushed.status.success(), "{}", String::from_utf8_lossy(&pushed.stderr));
}
