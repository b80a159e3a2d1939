//! One tag.

use serde_json::json;
use stack::image::{Builder, Index};

use crate::place::{Place, REPOSITORY, resource, version};

#[test]
fn a_tag_gives_what_it_stands_for_now() {
    let place = Place::with("a=latest,1");
    assert_eq!(place.check(&json!({"tag": "latest"}), None), "a=latest");
    assert_eq!(place.check(&json!({"tag": "latest"}), Some(&version("a", "latest"))), "a=latest");
    assert_eq!(place.check(&json!({"tag": 1}), None), "a=1");
    assert_eq!(place.check(&json!({"tag": "none"}), None), "");
}

#[test]
fn a_tag_that_moved_gives_both_as_long_as_the_old_one_is_there() {
    let place = Place::with("a=latest b=latest");
    let source = json!({"tag": "latest"});
    assert_eq!(place.check(&source, Some(&version("a", "latest"))), "a=latest b=latest");
    let alone = json!({"digest": version("a", "")["digest"]});
    assert_eq!(place.check(&source, Some(&alone)), "a=latest b=latest");
    place.delete("a");
    assert_eq!(place.check(&source, Some(&version("a", "latest"))), "b=latest");
}

#[test]
fn a_version_that_is_none_starts_over() {
    let place = Place::with("a=latest");
    for since in [json!({"ref": "abc"}), json!({"tag": "latest", "digest": "sha256:short"}), json!({})] {
        assert_eq!(place.check(&json!({"tag": "latest"}), Some(&since)), "a=latest", "{since}");
    }
}

#[test]
fn an_index_is_followed_as_a_whole() {
    let place = Place::new();
    let of = |platform: &str| Builder::new().platform(platform).build();
    let index = Index::of([of("linux/amd64"), of("linux/arm64")]).build();
    index.push(&place.registry, REPOSITORY, "latest");
    let source = json!({"tag": "latest", "platform": {"architecture": "arm64/v8"}});
    let versions = resource(&place.registry.host(), &source).check(None).json();
    assert_eq!(versions, json!([{"tag": "latest", "digest": index.digest()}]));
}

#[test]
fn a_tag_that_lost_its_zeros_is_warned_of() {
    let place = Place::with("a=1.1");
    let outcome = resource(&place.registry.host(), &json!({"tag": 1.1})).check(None);
    assert!(outcome.succeeded && outcome.stderr.contains("quote it"), "{}", outcome.stderr);
    let quoted = resource(&place.registry.host(), &json!({"tag": "1.1"})).check(None);
    assert_eq!(quoted.stderr, "", "nothing to say");
}
