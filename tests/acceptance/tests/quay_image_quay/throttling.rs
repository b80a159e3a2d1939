//! Quay that slows clients down.

use serde_json::json;
use stack::{Fault, On};

use crate::place::{Place, REPOSITORY, image, scanned};

/// nginx lets five requests a second pass, and a burst of 25, and answers others with a page without `Retry-After`.
#[test]
fn quays_own_limits_are_kept_to() {
    let place = Place::new();
    for number in 0..24 {
        image(&format!("pr-{number}")).push(&place.stub, REPOSITORY, &format!("pr-{number}"));
    }
    image("a").push(&place.stub, REPOSITORY, "main");
    place.stub.enforce_limits();
    let params = json!({"tag_regex": "^pr-", "dry_run": false});
    let outcome = place.put(&json!({"action": "delete-tags", "delete_tags": params}));
    assert!(outcome.succeeded, "{}", outcome.stderr);
    assert_eq!(place.tags(), "main");
    let refused = place.proxy.requests().iter().filter(|request| request.status == Some(429)).count();
    assert!(refused > 0, "the limits were never reached");
}

#[test]
fn every_way_of_saying_not_now_is_obeyed() {
    for fault in
        [Fault::nginx(429), Fault::too_many_requests(Some("1")), Fault::nginx(503), Fault::nginx(502)]
    {
        let place = Place::new();
        place.push("a=v1");
        place.stub.set_scan(REPOSITORY, image("a").digest(), scanned("Low"));
        place.proxy.inject(On::path("/api/v1/").times(2), fault.clone());
        let outcome = place.put(&json!({"action": "scan", "tag": "v1"}));
        assert!(outcome.succeeded, "{fault:?}: {}", outcome.stderr);
    }
}

#[test]
fn a_write_that_is_throttled_is_sent_again() {
    let place = Place::new();
    place.layout("image", &image("a"));
    place.proxy.inject(On::post("/labels").times(2), Fault::nginx(429));
    let params = json!({"image": "image", "version": "1.0.0", "quay_labels": {"team": "payments"}});
    assert!(place.put(&params).succeeded);
    let labels = place.stub.repository(REPOSITORY).unwrap().manifests[image("a").digest()].labels.clone();
    assert_eq!(labels.iter().filter(|label| label.key == "team").count(), 1);
}
