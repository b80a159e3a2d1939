//! Tags with a match.

use serde_json::{Value, json};
use stack::image::{Artifact, Builder, Index};

use crate::place::{Place, REPOSITORY, dated, resource, shown, version};

#[test]
fn every_tag_with_a_match_is_a_version_in_the_registrys_order() {
    let place = Place::with("a=main-1,stable b=main-2 c=dev-1,1.2.3");
    let cases = [
        ("^main-", "a=main-1 b=main-2"),
        ("-1$", "c=dev-1 a=main-1"),
        ("[0-9]", "c=1.2.3 c=dev-1 a=main-1 b=main-2"),
        ("x", ""),
    ];
    for (pattern, expected) in cases {
        assert_eq!(place.check(&json!({"tag_regex": pattern}), None), expected, "{pattern}");
    }
}

#[test]
fn a_previous_version_that_stands_is_the_first() {
    let place = Place::with("a=main-1 b=main-2 c=main-3");
    let source = json!({"tag_regex": "^main-"});
    let since = |since| place.check(&source, Some(&since));
    assert_eq!(since(version("b", "main-2")), "b=main-2 c=main-3");
    assert_eq!(since(version("c", "main-3")), "c=main-3");
    assert_eq!(since(version("a", "main-2")), "a=main-1 b=main-2 c=main-3", "it moved");
    assert_eq!(since(version("a", "gone")), "a=main-1 b=main-2 c=main-3", "it is gone");
}

fn tags(versions: &Value) -> String {
    let tags = versions.as_array().unwrap().iter().map(|version| version["tag"].as_str().unwrap());
    tags.collect::<Vec<_>>().join(" ")
}

#[test]
fn images_are_sorted_by_date_on_demand() {
    let place = Place::new();
    dated("a", "2024-03-01T00:00:00Z").push(&place.registry, REPOSITORY, "v1");
    dated("b", "2024-01-01T00:00:00Z").push(&place.registry, REPOSITORY, "v2");
    // An index says when by its image for the platform; what is no image does not say.
    let of = |platform: &str, created: &str| {
        let date = json!(created);
        Builder::new().platform(platform).config(|config| config["created"] = date).build()
    };
    let images = [of("linux/amd64", "2024-02-01T00:00:00Z"), of("linux/s390x", "2024-04-01T00:00:00.5Z")];
    let index = Index::of(images).build();
    index.push(&place.registry, REPOSITORY, "v3");
    Artifact::new("text/x").build().push(&place.registry, REPOSITORY, "v4");
    let source = |architecture: &str| json!({"tag_regex": "^v", "created_at_sort": true, "platform": {"architecture": architecture}});
    let check = |architecture: &str, since: Option<&Value>| {
        tags(&resource(&place.registry.host(), &source(architecture)).check(since).json())
    };
    assert_eq!(check("amd64", None), "v4 v2 v3 v1");
    assert_eq!(check("s390x", None), "v4 v2 v1 v3");
    let since = json!({"tag": "v3", "digest": index.digest()});
    assert_eq!(check("amd64", Some(&since)), "v3 v1");
}

#[test]
fn images_of_one_date_keep_the_registrys_order_and_none_is_lost() {
    let place = Place::with("a=v1 b=v2 c=v3");
    let source = json!({"tag_regex": "^v", "created_at_sort": true});
    let versions = resource(&place.registry.host(), &source).check(Some(&version("c", "v3"))).json();
    assert_eq!(shown(&versions), "a=v1 b=v2 c=v3");
}

#[test]
fn a_pattern_that_is_none_is_refused() {
    let outcome = resource("127.0.0.1:9", &json!({"tag_regex": "(?=x)"})).check(None);
    assert!(outcome.error().contains("`source.tag_regex`"), "{}", outcome.stderr);
}
