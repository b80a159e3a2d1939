//! What refers to an image goes with it, from one repository to another.

use serde_json::{Value, json};
use stack::Folder;
use stack::image::{Artifact, Blob, Builder, Content, Index};

use crate::place::{Place, REPOSITORY, image};

const SOURCE: &str = "staging/app";

/// An image in another repository with a bill of materials, that one's signature, and what cosign keeps at a tag; and
/// the layout that a get makes of it.
struct Signed {
    place: Place,
    image: Content,
    sbom: Content,
    signature: Content,
    tagged: Content,
}

impl Signed {
    fn new() -> Self {
        let place = Place::new();
        let image = image();
        let artifact =
            |kind: &str, text: &'static str| Artifact::new(kind).blob(Blob::new("text/plain", text));
        let sbom = artifact("application/spdx+json", "sbom").subject(&image).annotation("team", "a").build();
        let signature = artifact("application/vnd.example.signature", "signature").subject(&sbom).build();
        let tagged = Builder::new().label("which", "tagged").build();
        image.push(&place.registry, SOURCE, "1.0.0");
        for (content, subject) in [(&sbom, &image), (&signature, &sbom)] {
            content.push(&place.registry, SOURCE, "pushed");
            Index::of([content.clone()]).build().push(&place.registry, SOURCE, &stand_in(subject));
        }
        tagged.push(&place.registry, SOURCE, &format!("{}.sig", stand_in(&image)));
        let signed = Self { place, image, sbom, signature, tagged };
        signed.get();
        signed
    }

    fn get(&self) {
        let mut quay = self.place.quay.clone();
        quay.source["repository"] = json!(format!("{}/{SOURCE}", self.place.proxy.host()));
        let fetched = Folder::new("fetched");
        let version = json!({"tag": "1.0.0", "digest": self.image.digest()});
        quay.get(fetched.path(), &version, &json!({"format": "oci-layout"})).json();
        std::fs::rename(fetched.path().join("oci"), self.place.path("oci")).unwrap();
    }

    fn put(&self, more: &Value) -> acceptance::Outcome {
        let mut params = json!({"image": "oci", "version": "1.0.0"});
        for (name, value) in more.as_object().unwrap() {
            params[name] = value.clone();
        }
        self.place.put(&params)
    }

    /// The entries of the list of what refers to a manifest.
    fn listed(&self, subject: &Content) -> Value {
        let list = self.place.remote().manifest(REPOSITORY, &stand_in(subject));
        list.map_or(Value::Null, |list| list["manifests"].clone())
    }
}

fn stand_in(subject: &Content) -> String {
    subject.digest().replace(':', "-")
}

#[test]
fn what_refers_to_an_image_is_pushed_with_it_and_once() {
    let signed = Signed::new();
    let first = signed.put(&json!({})).json();
    assert_eq!(first["version"]["digest"], signed.image.digest());
    let mut sbom = signed.sbom.descriptor();
    sbom["artifactType"] = json!("application/spdx+json");
    sbom["annotations"] = json!({"team": "a"});
    assert_eq!(signed.listed(&signed.image), json!([sbom]));
    assert_eq!(signed.listed(&signed.sbom)[0]["digest"], signed.signature.digest());
    let tag = format!("{}.sig", stand_in(&signed.image));
    assert_eq!(signed.place.digest(&tag).as_deref(), Some(signed.tagged.digest()));
    for content in [&signed.sbom, &signed.signature, &signed.tagged] {
        for blob in content.all_blobs() {
            let there = signed.place.remote();
            let found = there.blob(REPOSITORY, &blob.digest).is_some()
                || there.manifest(REPOSITORY, &blob.digest).is_some();
            assert!(found, "{}", blob.digest);
        }
    }
    let paths: Vec<String> = signed.place.writes().into_iter().map(|(_, path, _)| path).collect();
    assert_eq!(paths.last().unwrap(), "manifests/1.0.0", "the tag comes last");
    signed.place.proxy.forget_requests();
    assert_eq!(signed.put(&json!({})).json(), first);
    assert_eq!(signed.place.writes(), [], "a second put sends nothing");
}

#[test]
fn referrers_can_be_left_behind() {
    let signed = Signed::new();
    signed.put(&json!({"referrers": false})).json();
    assert_eq!(signed.listed(&signed.image), Value::Null);
    assert_eq!(signed.place.tags(), ["1.0.0"]);
}

#[test]
fn what_refers_to_an_image_as_it_was_before_a_label_is_left_out() {
    let signed = Signed::new();
    let outcome = signed.put(&json!({"labels": {"team": "b"}}));
    outcome.json();
    assert!(outcome.stderr.contains("what refers to the image is left out"), "{}", outcome.stderr);
    assert_eq!(signed.place.tags(), ["1.0.0"]);
}

#[test]
fn other_signatures_of_the_image_stay() {
    let signed = Signed::new();
    let tag = format!("{}.sig", stand_in(&signed.image));
    let other = Builder::new().label("which", "another signature").build();
    other.push(&signed.place.registry, REPOSITORY, &tag);
    let outcome = signed.put(&json!({}));
    outcome.json();
    assert!(outcome.stderr.contains("stands for something else"), "{}", outcome.stderr);
    assert_eq!(signed.place.digest(&tag).as_deref(), Some(other.digest()));
}

#[test]
fn a_list_that_is_damaged_is_named() {
    let signed = Signed::new();
    for (content, expected) in [("[]", "`referrers.json` can't be used"), ("{}", "`referrers.json`")] {
        signed.place.write("oci/referrers.json", content);
        let outcome = signed.put(&json!({}));
        assert!(outcome.error().contains(expected), "{content}: {}", outcome.stderr);
    }
    assert_eq!(signed.place.tags(), Vec::<String>::new());
}
