//! Semantic versions.

use serde_json::json;
use stack::{Fault, FaultProxy, On};

use crate::place::{Place, REPOSITORY, resource, shown, version};

#[test]
fn versions_come_in_their_order_each_digest_once() {
    let place = Place::with("a=1.2.3,1.2,1 b=1.10.0 c=2.0.0-rc.1 d=main,sha256-0.sig e=1.9.0-alpine");
    assert_eq!(place.check(&json!({}), None), "a=1.2.3 b=1.10.0");
    assert_eq!(place.check(&json!({"pre_releases": true}), None), "a=1.2.3 b=1.10.0 c=2.0.0-rc.1");
    assert_eq!(place.check(&json!({"variant": "alpine"}), None), "e=1.9.0-alpine");
}

#[test]
fn a_final_version_counts_before_its_pre_release() {
    let place = Place::with("a=1.0.0-rc.1,1.0.0 b=1.1.0-rc.2,1.1.0-rc c=1.2.0-dev.1");
    let source = json!({"pre_releases": true});
    assert_eq!(place.check(&source, None), "a=1.0.0 b=1.1.0-rc.2");
    let source = json!({"pre_releases": "true", "pre_release_prefixes": ["dev"]});
    assert_eq!(place.check(&source, None), "a=1.0.0 b=1.1.0-rc.2 c=1.2.0-dev.1");
}

#[test]
fn a_constraint_leaves_out_other_versions_and_latest() {
    let place = Place::with("a=1.2.3 b=1.3.0 c=2.0.0 d=latest");
    let cases = [
        ("~1.2", "a=1.2.3"),
        ("^1", "a=1.2.3 b=1.3.0"),
        (">= 1.3 < 3", "b=1.3.0 c=2.0.0"),
        ("1.2.x || 2.x", "a=1.2.3 c=2.0.0"),
        ("1.2.3 - 1.4", "a=1.2.3 b=1.3.0"),
        (">3", ""),
    ];
    for (constraint, expected) in cases {
        assert_eq!(place.check(&json!({"semver_constraint": constraint}), None), expected, "{constraint}");
    }
    let outcome = resource("127.0.0.1:9", &json!({"semver_constraint": "newest"})).check(None);
    assert!(outcome.error().contains("`source.semver_constraint`"), "{}", outcome.stderr);
}

#[test]
fn latest_is_last_and_only_if_it_is_no_version() {
    let place = Place::with("a=1.0.0 b=2.0.0 c=latest");
    assert_eq!(place.check(&json!({}), None), "a=1.0.0 b=2.0.0 c=latest");
    place.push("b=latest");
    assert_eq!(place.check(&json!({}), None), "a=1.0.0 b=2.0.0");
    assert_eq!(Place::with("a=latest,main").check(&json!({}), None), "a=latest");
    let alpine = Place::with("a=1.0.0-alpine b=alpine c=latest");
    assert_eq!(alpine.check(&json!({"variant": "alpine"}), None), "a=1.0.0-alpine b=alpine");
}

#[test]
fn the_previous_version_is_a_cursor_while_it_stands() {
    let place = Place::with("a=1.0.0 b=1.2.0,1.2 c=1.10.0 d=2.0.0");
    let since = |since| place.check(&json!({}), Some(&since));
    assert_eq!(since(version("b", "1.2.0")), "b=1.2.0 c=1.10.0 d=2.0.0");
    assert_eq!(since(version("d", "2.0.0")), "d=2.0.0");
    assert_eq!(since(version("b", "1.2")), "b=1.2 c=1.10.0 d=2.0.0", "1.2.0 is no newer");
    let all = "a=1.0.0 b=1.2.0 c=1.10.0 d=2.0.0";
    assert_eq!(since(version("a", "1.2.0")), all, "it moved");
    assert_eq!(since(version("a", "0.9.0")), all, "it is gone");
    assert_eq!(since(json!({"digest": version("b", "")["digest"]})), all, "it has no tag");
}

/// While `latest` still stands for an older version, it must not come out on top of the newest.
#[test]
fn latest_that_lags_behind_the_cursor_is_no_version() {
    let place = Place::with("a=1.0.0,latest b=2.0.0");
    assert_eq!(place.check(&json!({}), Some(&version("b", "2.0.0"))), "b=2.0.0");
    place.push("c=latest");
    assert_eq!(place.check(&json!({}), Some(&version("b", "2.0.0"))), "b=2.0.0 c=latest");
}

#[test]
fn a_tag_that_vanishes_meanwhile_is_left_out() {
    let place = Place::with("a=1.0.0 b=2.0.0,latest c=3.0.0");
    let proxy = FaultProxy::in_front_of(&place.registry);
    for tag in ["2.0.0", "latest"] {
        proxy.inject(On::path(&format!("/manifests/{tag}")), Fault::status(404));
    }
    let versions = resource(&proxy.host(), &json!({})).check(None).json();
    assert_eq!(shown(&versions), "a=1.0.0 c=3.0.0");
}

#[test]
fn tags_are_asked_for_at_once_but_not_all_of_them() {
    let place = Place::new();
    let tags: Vec<String> = (0..200).map(|minor| format!("1.{minor}.0")).collect();
    crate::place::image("a").push_tags(&place.registry, REPOSITORY, &tags);
    let proxy = FaultProxy::in_front_of(&place.registry);
    proxy.set_latency(std::time::Duration::from_millis(10));
    let versions = resource(&proxy.host(), &json!({})).check(None).json();
    assert_eq!(shown(&versions), "a=1.0.0", "all of one digest");
    let at_once = proxy.max_in_flight();
    assert!((8..=32).contains(&at_once), "{at_once} requests at once");
}
