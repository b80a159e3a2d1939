//! A release that does not become ready: why, and what becomes of it.

use http::Method;
use serde_json::{Value, json};

use crate::place::{Place, cluster};

fn broken(plays: &str, further: Value) -> Value {
    let mut params = json!({
        "chart": "charts/shop", "check_is_ready": true, "timeout": "4s",
        "values_inline": {"plays": plays, "greeting": "broken", "image": {"tag": "9.9"}},
    });
    for (name, value) in further.as_object().unwrap() {
        params[name] = value.clone();
    }
    params
}

fn greeting(place: &Place) -> Value {
    cluster().call(Method::GET, &place.path("configmaps", "web"), None)["data"]["greeting"].clone()
}

#[test]
fn a_failure_says_which_object_which_condition_and_the_newest_events() {
    let cases = [
        ("image-pull-backoff", "container `shop`: ImagePullBackOff", "event: Failed: Failed to pull image"),
        (
            "crash-loop",
            "container `shop`: CrashLoopBackOff",
            "event: BackOff: Back-off restarting failed container",
        ),
        ("unready", "Deployment `web`: 0 of 1 pods are available", "pod `web-"),
    ];
    for (plays, reason, event) in cases {
        let place = Place::new();
        let outcome = place.put(broken(plays, json!({})));
        let text = outcome.error();
        assert!(text.contains("error: cannot install release `web`"), "{plays}: {text}");
        assert!(text.contains(reason), "{plays}: {text}");
        assert!(text.contains(event), "{plays}: {text}");
        assert_eq!(place.check(None)[0]["status"], "failed", "{plays}");
    }
}

#[test]
fn common_mistakes_are_told_with_a_remedy() {
    let place = Place::new();
    let reads = json!([{"apiGroups": [""], "resources": ["secrets"], "verbs": ["list", "get"]}]);
    let reader = cluster().service_account(&place.namespace, "reader", &reads);
    let chart = json!({"chart": "charts/shop", "crds": "skip"});
    let cases = [
        (json!({"namespace": "nowhere"}), chart.clone(), "`create_namespace: true` makes one"),
        (json!({"token": "not-a-token"}), chart.clone(), "the cluster does not know these credentials"),
        (json!({"token": reader}), chart, "give the account that right"),
        (
            json!({}),
            json!({"chart": "charts/shp"}),
            "`charts/shp` is neither in the inputs nor in a repository",
        ),
        (json!({}), json!({"chrat": "charts/shop"}), "did you mean `chart`?"),
    ];
    for (keys, params, expected) in cases {
        let outcome = place.put_with(keys, params);
        assert!(outcome.error().contains(expected), "{expected}: {}", outcome.stderr);
        assert!(!outcome.stderr.contains("not-a-token"), "{}", outcome.stderr);
        assert!(!outcome.stderr.contains("ApiError"), "{}", outcome.stderr);
    }
}

#[test]
fn of_an_upgrade_the_reason_is_the_new_pod_and_not_the_old_one_that_is_left() {
    let place = Place::new();
    place.deploy(json!({})).json();
    let outcome = place.put(broken("crash-loop", json!({})));
    let cause = outcome.error().lines().rfind(|line| line.contains("caused by: Deployment `web`"));
    assert!(cause.is_some_and(|line| line.contains("CrashLoopBackOff")), "{}", outcome.stderr);
}

#[test]
fn the_last_lines_of_a_crashing_container_are_shown() {
    let place = Place::new();
    let outcome = place.put(broken("crash-loop", json!({})));
    assert!(outcome.error().contains("panic: no database"), "{}", outcome.stderr);
}

#[test]
fn a_failed_upgrade_goes_back_stays_or_is_taken_away() {
    let cases = [
        ("rollback", "the release was rolled back to revision 1", json!("hello"), json!("deployed")),
        (
            "keep",
            "the failed revision is kept; revision 1 is the last that was deployed",
            json!("broken"),
            json!("failed"),
        ),
        ("uninstall", "the failed release was uninstalled", Value::Null, Value::Null),
    ];
    for (policy, hint, expected, status) in cases {
        let place = Place::new();
        place.deploy(json!({})).json();
        let outcome = place.put(broken("unready", json!({"on_failure": policy})));
        assert!(outcome.error().contains(hint), "{policy}: {}", outcome.stderr);
        assert_eq!(place.check(None)[0]["status"], status, "{policy}");
        if policy != "uninstall" {
            assert_eq!(greeting(&place), expected, "{policy}");
        }
    }
}

#[test]
fn a_first_install_that_fails_is_taken_away_where_it_would_go_back() {
    let place = Place::new();
    let outcome = place.put(broken("unready", json!({"atomic": true})));
    assert!(outcome.error().contains("the failed release was uninstalled"), "{}", outcome.stderr);
    assert_eq!(place.check(None), json!([]));
}

#[test]
fn a_failed_install_can_be_put_again() {
    let place = Place::new();
    place.put(broken("unready", json!({}))).error();
    let version = place.deploy(json!({})).json()["version"].clone();
    assert_eq!(version, json!({"release": "web", "revision": "2", "status": "deployed"}));
}

#[test]
fn a_failing_hook_is_explained() {
    let place = Place::new();
    let values = json!({"hook": true, "hookPlays": "failed"});
    let outcome = place.put(json!({"chart": "charts/shop", "values_inline": values, "timeout": "30s"}));
    assert!(outcome.error().contains("Job `web-migrate`"), "{}", outcome.stderr);
}

#[test]
fn a_failing_test_fails_the_put_unless_it_may() {
    let place = Place::new();
    place.deploy(json!({"testPlays": "failed"})).json();
    let outcome = place.put(json!({"test": true, "timeout": "30s"}));
    assert!(outcome.error().contains("cannot test release `web`"), "{}", outcome.stderr);
    let tolerant = place.put(json!({"test": true, "timeout": "30s", "ignore_test_failures": true}));
    assert_eq!(tolerant.json()["version"]["tested"], "true");
}

#[test]
fn a_rejected_change_names_what_was_rejected() {
    let place = Place::new();
    let outcome = place.put(json!({"chart": "charts/shop", "values_inline": {"replicas": "many"}}));
    assert!(outcome.error().contains("replicas"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("nothing had been changed yet"), "{}", outcome.stderr);
}
