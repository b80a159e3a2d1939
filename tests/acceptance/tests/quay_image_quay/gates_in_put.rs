//! The scan gate in put: no tag moves before the image passes.

use serde_json::json;

use crate::place::{Place, REPOSITORY, image, metadata};

#[test]
fn an_image_that_does_not_pass_gets_no_tag() {
    let place = Place::new();
    // The scanner knows the image from an earlier push.
    place.push("a=candidate b=latest");
    place.scan("a", "Critical");
    place.layout("image", &image("a"));
    let params = json!({
        "image": "image", "version": "1.0.0", "bump_aliases": true, "scan": {"tolerate": "high"}, "tag_expiry": "2w",
    });
    let outcome = place.put(&params);
    assert!(outcome.error().contains("CVE-2026-0001"), "{}", outcome.stderr);
    assert_eq!(place.tags(), "candidate latest");
    assert_eq!(place.digest("latest").as_deref(), Some(image("b").digest()));

    place.scan("a", "High");
    let result = place.put(&params).json();
    assert_eq!((metadata(&result, "scan"), metadata(&result, "vulnerabilities_high")), ("passed", "1"));
    assert_eq!(place.tags(), "1 1.0 1.0.0 candidate latest");
    assert_eq!(place.digest("latest").as_deref(), Some(image("a").digest()));
}

#[test]
fn a_push_waits_for_the_scan_of_what_it_pushed() {
    let place = Place::new().with(&json!({"scan": {"wait": "60s"}, "tag": "v1"}));
    place.layout("image", &image("a"));
    std::thread::scope(|scope| {
        let put = scope.spawn(|| place.put(&json!({"image": "image"})));
        let is_there = || {
            let found = place.stub.repository(REPOSITORY);
            found.is_some_and(|found| found.manifests.contains_key(image("a").digest()))
        };
        while !is_there() && !put.is_finished() {
            std::thread::sleep(std::time::Duration::from_millis(5));
        }
        assert_eq!(place.tags(), "", "no tag while the scan is open");
        place.scan("a", "Low");
        let outcome = put.join().unwrap();
        assert!(outcome.succeeded, "{}", outcome.stderr);
    });
    assert_eq!(place.tags(), "v1");
}

#[test]
fn params_say_it_instead_of_the_source() {
    let place = Place::new().with(&json!({"scan": {"tolerate": "none"}, "tag": "v1"}));
    place.push("a=candidate");
    place.scan("a", "Low");
    place.layout("image", &image("a"));
    assert!(place.put(&json!({"image": "image"})).error().contains("does not pass"));
    assert!(place.put(&json!({"image": "image", "scan": {"tolerate": "low"}})).succeeded);
}
