//! The difference that a put would make: shown, as a gate, as a reason to do nothing.

use serde_json::json;

use crate::place::{Place, cluster};

#[test]
fn a_difference_is_shown_and_nothing_is_changed() {
    let place = Place::new();
    let first = place.deploy(json!({"password": "diff-canary-one"})).json()["version"].clone();
    let outcome = place.put(json!({
        "chart": "charts/shop", "diff_only": true, "diff_file": "out/diff.patch",
        "values_inline": {"greeting": "bye", "password": "diff-canary-two"},
    }));
    assert_eq!(outcome.json()["version"], first);
    assert!(outcome.stderr.contains("-  greeting: hello\n+  greeting: bye\n"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("password: ((masked, changed))"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("2 changed"), "{}", outcome.stderr);
    let file = std::fs::read_to_string(place.inputs.path().join("out/diff.patch")).unwrap();
    assert!(file.contains("+  greeting: bye"), "{file}");
    assert!(!file.contains("canary") && !outcome.stderr.contains("canary"));
    assert_eq!(place.check(None), json!([first]));
}

#[test]
fn a_put_that_would_change_nothing_makes_no_revision() {
    let place = Place::new();
    let params = |greeting: &str| json!({"chart": "charts/shop", "values_inline": {"greeting": greeting}, "skip_if_unchanged": true});
    assert_eq!(place.put(params("one")).json()["version"]["revision"], "1");
    let again = place.put(params("one"));
    assert_eq!(again.json()["version"]["revision"], "1");
    assert!(again.stderr.contains("nothing is changed"), "{}", again.stderr);
    assert_eq!(place.put(params("two")).json()["version"]["revision"], "2");
}

#[test]
fn a_gate_holds_a_change_up() {
    let place = Place::new();
    place.deploy(json!({"hook": true})).json();
    let outcome =
        place.put(json!({"chart": "charts/shop", "fail_on": ["delete"], "values_inline": {"hook": false}}));
    assert!(outcome.error().contains("Job `web-migrate` would be deleted"), "{}", outcome.stderr);
    assert_eq!(place.check(None)[0]["revision"], "1");
}

#[test]
fn debug_renders_and_changes_nothing() {
    let place = Place::new();
    let outcome = place
        .put(json!({"chart": "charts/shop", "debug": true, "values_inline": {"password": "debug-canary"}}));
    assert_eq!(outcome.json()["version"], json!({"release": "N/A", "revision": "N/A"}));
    assert!(
        outcome.stderr.contains("kind: Deployment") && !outcome.stderr.contains("canary"),
        "{}",
        outcome.stderr
    );
    assert_eq!(place.check(None), json!([]));
    let _ = cluster();
}
