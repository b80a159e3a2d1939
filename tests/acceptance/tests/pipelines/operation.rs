//! What is done to production beside deliveries: freezes, going back, and the nightly look.

use http::Method;
use serde_json::json;

use crate::place::{Place, cluster};

#[test]
fn nothing_is_released_during_a_freeze() {
    let place = Place::new();
    place.build(&[]);
    place.succeed(&["scan", "staging", "promote"]);
    let frozen = ["-v", "production-freeze=2020-01-01/2020-01-05 2021-01-01/2999-12-31"];
    let message = "nothing is released during the freeze 2021-01-01/2999-12-31";
    place.run("production", &frozen).ended(1).said(&[message]);
    let over = ["-v", "production-freeze=2020-01-01/2020-01-05"];
    place.run("production", &over).ended(0).said(&["no freeze today", "shop: released"]);
}

#[test]
fn production_goes_back_by_hand() {
    let place = Place::new();
    let first = place.deliver();
    place.service.build("second");
    let second = place.deliver();
    place.succeed(&["roll-back"]);
    assert!(place.runs("production").ends_with(&first), "{}", place.runs("production"));
    let to_the_second = ["--version", "production=release:shop,revision:2,status:deployed"];
    place.run("roll-back-to", &to_the_second).ended(0);
    assert!(place.runs("production").ends_with(&second), "{}", place.runs("production"));
}

#[test]
fn the_nightly_job_finds_what_was_changed_by_hand() {
    let place = Place::new();
    place.deliver();
    place.succeed(&["nightly"]);
    let change = json!({"spec": {"replicas": 5}});
    let deployment = place.deployment("production");
    let mut object = cluster().call(Method::GET, &deployment, None);
    object["spec"]["replicas"] = change["spec"]["replicas"].clone();
    cluster().call(Method::PUT, &deployment, Some(&object));
    place.run("nightly", &[]).ended(1).said(&["replicas", "production differs from what was deployed"]);
}
