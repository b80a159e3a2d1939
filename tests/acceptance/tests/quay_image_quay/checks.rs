//! Versions by Quay's API are those by the registry: every case runs both ways.

use serde_json::{Value, json};

use crate::place::{Place, shown, version};

/// The same source without Quay's API: the token is the registry's password.
fn by_registry(place: &Place) -> acceptance::Resource {
    let mut resource = place.quay.clone();
    let block = resource.source.as_object_mut().unwrap().remove("quay").unwrap();
    resource.source["username"] = json!("$oauthtoken");
    resource.source["password"] = block["token"].clone();
    resource
}

#[track_caller]
fn both_ways(place: &Place, case: &str, fields: &Value, since: Option<&Value>, expected: &str) {
    let with = |mut resource: acceptance::Resource| {
        for (name, value) in fields.as_object().unwrap() {
            resource.source[name] = value.clone();
        }
        shown(&resource.check(since).json())
    };
    place.proxy.forget_requests();
    assert_eq!(with(place.quay.clone()), expected, "{case}: by Quay's API");
    let heads = place.proxy.requests().iter().filter(|request| request.path.contains("/manifests/")).count();
    assert!(heads <= 1, "{case}: {heads} requests for manifests");
    assert!(!place.asked().is_empty(), "{case}: Quay's API was not asked");
    assert_eq!(with(by_registry(place)), expected, "{case}: by the registry");
}

#[test]
fn a_tag() {
    let place = Place::new();
    place.push("a=latest,1 b=moved c=moved");
    let cases = [
        ("what it is", json!({"tag": "latest"}), None, "a=latest"),
        ("the same as before", json!({"tag": "latest"}), Some(version("a", "latest")), "a=latest"),
        ("a number", json!({"tag": 1}), None, "a=1"),
        ("none", json!({"tag": "none"}), None, ""),
        ("it moved", json!({"tag": "moved"}), Some(version("a", "moved")), "a=moved c=moved"),
        ("the one before is gone", json!({"tag": "moved"}), Some(version("f", "moved")), "c=moved"),
    ];
    for (case, fields, since, expected) in cases {
        both_ways(&place, case, &fields, since.as_ref(), expected);
    }
}

#[test]
fn a_pattern() {
    let place = Place::new();
    place.push("a=main-1,stable b=main-2 c=dev-1,1.2.3 d=main-3");
    let cases = [
        ("a prefix", "^main-", None, "a=main-1 b=main-2 d=main-3"),
        ("a suffix", "-1$", None, "a=main-1 c=dev-1"),
        ("anywhere", "[0-9]", None, "a=main-1 b=main-2 c=dev-1 c=1.2.3 d=main-3"),
        ("a choice", "^(dev|stable)", None, "a=stable c=dev-1"),
        ("none", "x", None, ""),
        ("a cursor that stands", "^main-", Some(version("b", "main-2")), "b=main-2 d=main-3"),
        ("the newest", "^main-", Some(version("d", "main-3")), "d=main-3"),
        ("one that moved", "^main-", Some(version("a", "main-2")), "a=main-1 b=main-2 d=main-3"),
        ("one that is gone", "^main-", Some(version("a", "gone")), "a=main-1 b=main-2 d=main-3"),
    ];
    for (case, pattern, since, expected) in cases {
        both_ways(&place, case, &json!({"tag_regex": pattern}), since.as_ref(), expected);
    }
}

#[test]
fn versions() {
    let place = Place::new();
    place.push("a=1.2.3,1.2,1 b=1.10.0 c=2.0.0-rc.1 d=main,sha256-0.sig e=1.9.0-alpine,alpine f=latest");
    let cases = [
        ("all", json!({}), None, "a=1.2.3 b=1.10.0 f=latest"),
        ("with pre-releases", json!({"pre_releases": true}), None, "a=1.2.3 b=1.10.0 c=2.0.0-rc.1 f=latest"),
        ("a variant", json!({"variant": "alpine"}), None, "e=1.9.0-alpine"),
        ("a constraint", json!({"semver_constraint": "~1.2"}), None, "a=1.2.3"),
        ("none", json!({"semver_constraint": ">3"}), None, ""),
        ("a cursor", json!({}), Some(version("a", "1.2.3")), "a=1.2.3 b=1.10.0 f=latest"),
        ("a shorter spelling", json!({}), Some(version("a", "1.2")), "a=1.2.3 b=1.10.0 f=latest"),
        ("one that moved", json!({}), Some(version("d", "1.2.3")), "a=1.2.3 b=1.10.0 f=latest"),
        ("the newest", json!({"semver_constraint": "^1"}), Some(version("b", "1.10.0")), "b=1.10.0"),
    ];
    for (case, fields, since, expected) in cases {
        both_ways(&place, case, &fields, since.as_ref(), expected);
    }
}

#[test]
fn latest_that_lags_behind() {
    let place = Place::new();
    place.push("a=1.0.0,latest b=2.0.0");
    both_ways(&place, "it lags", &json!({}), Some(&version("b", "2.0.0")), "b=2.0.0");
    place.push("c=latest");
    both_ways(&place, "it is new", &json!({}), Some(&version("b", "2.0.0")), "b=2.0.0 c=latest");
}

#[test]
fn tags_that_ended_are_none() {
    let place = Place::new();
    place.push("a=1.0.0 b=1.1.0 c=1.2.0");
    let now = place.stub.now();
    place.stub.change(crate::place::REPOSITORY, |repository| {
        repository.end("1.1.0", now - 1);
    });
    both_ways(&place, "one was deleted", &json!({}), None, "a=1.0.0 c=1.2.0");
}
