//! Tags that go back to what they were.

use serde_json::json;

use crate::place::{Place, image, shown};

fn restore(place: &Place, fields: serde_json::Value) -> acceptance::Outcome {
    place.put(&json!({"action": "restore", "restore": fields}))
}

#[test]
fn a_tag_goes_back_to_the_one_before_once() {
    let place = Place::new();
    place.push("a=latest b=latest c=latest");
    let outcome = restore(&place, json!({"tag": "latest"}));
    assert_eq!(shown(&json!([outcome.json()["version"]])), "b=latest");
    assert_eq!(place.digest("latest").as_deref(), Some(image("b").digest()));
    let again = restore(&place, json!({"tag": "latest"}));
    assert!(again.succeeded && again.stderr.contains("has"), "{}", again.stderr);
    assert_eq!(place.digest("latest").as_deref(), Some(image("b").digest()), "a put may run twice");
    restore(&place, json!({"tag": "latest", "digest": image("a").digest()})).json();
    assert_eq!(place.digest("latest").as_deref(), Some(image("a").digest()));
}

#[test]
fn a_tag_that_was_deleted_comes_back() {
    let place = Place::new();
    place.push("a=latest");
    let params = json!({"tag_regex": "^latest$", "dry_run": false, "allow_all": true});
    place.put(&json!({"action": "delete-tags", "delete_tags": params})).json();
    assert_eq!(place.tags(), "");
    restore(&place, json!({"tag": "latest"})).json();
    assert_eq!(place.digest("latest").as_deref(), Some(image("a").digest()));
}

#[test]
fn what_a_tag_never_was_is_refused_with_its_history() {
    let place = Place::new();
    place.push("a=latest b=other");
    let outcome = restore(&place, json!({"tag": "latest", "digest": image("b").digest()}));
    assert!(outcome.error().contains(image("a").digest()), "its history: {}", outcome.stderr);
    let outcome = restore(&place, json!({"tag": "latest"}));
    assert!(outcome.error().contains("nothing to be restored to"), "{}", outcome.stderr);
    let outcome = restore(&place, json!({"tag": "none"}));
    assert!(outcome.error().contains("its history: none"), "{}", outcome.stderr);
    assert_eq!(place.writes(), Vec::<String>::new());
}

#[test]
fn a_tag_out_of_the_window_is_refused_by_name() {
    let place = Place::new();
    place.push("a=latest");
    place.stub.advance(std::time::Duration::from_secs(10));
    place.push("b=latest");
    place.stub.advance(std::time::Duration::from_secs(15 * 86_400));
    let outcome = restore(&place, json!({"tag": "latest"}));
    assert!(outcome.error().contains("restore the tag latest"), "{}", outcome.stderr);
}
