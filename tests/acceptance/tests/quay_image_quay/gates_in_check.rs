//! The scan gate in check: only images that pass become versions.

use serde_json::json;
use stack::quay_stub::Scan;

use crate::place::{Place, REPOSITORY, image, version};

#[test]
fn only_images_that_pass_become_versions_also_later() {
    let place = Place::new().with(&json!({"scan": {"require": "passed"}}));
    place.push("a=1.0.0 b=1.1.0 c=1.2.0 d=1.3.0");
    place.scan("a", "Low");
    place.scan("b", "Critical");
    place.scan("c", "Medium");
    assert_eq!(place.check(None), "a=1.0.0 c=1.2.0", "the newest is not scanned yet");
    let since = version("c", "1.2.0");
    assert_eq!(place.check(Some(&since)), "a=1.0.0 c=1.2.0");
    place.scan("b", "Low");
    place.scan("d", "");
    let all = "a=1.0.0 b=1.1.0 c=1.2.0 d=1.3.0";
    assert_eq!(place.check(Some(&since)), all, "a rescan changed the answer for an older one");
    place.scan("c", "High");
    assert_eq!(place.check(Some(&since)), "a=1.0.0 b=1.1.0 d=1.3.0");
}

#[test]
fn a_tag_that_does_not_pass_is_no_version_and_the_reason_is_said() {
    let place = Place::new().with(&json!({"tag": "latest", "scan": {"require": "passed"}}));
    place.push("a=latest");
    let reasons = [
        (Scan::Queued, "the scan is not done"),
        (Scan::Down, "does not answer"),
        (crate::place::scanned("High High"), "2 findings are not tolerated"),
    ];
    for (scan, expected) in reasons {
        place.stub.set_scan(REPOSITORY, image("a").digest(), scan);
        let outcome = place.quay.check(None);
        assert_eq!(outcome.json(), json!([]), "{expected}");
        assert!(outcome.stderr.contains(expected), "{expected}: {}", outcome.stderr);
    }
    place.scan("a", "Medium");
    assert_eq!(place.check(None), "a=latest");
}

#[test]
fn long_lists_are_judged_only_near_the_previous_version() {
    let place = Place::new().with(&json!({"tag_regex": "^v", "scan": {"require": "passed"}}));
    for number in 0..40 {
        let image = crate::place::image(&format!("image-{number}"));
        image.push(&place.stub, REPOSITORY, &format!("v{number}"));
        place.stub.set_scan(REPOSITORY, image.digest(), crate::place::scanned(""));
    }
    let since = json!({"tag": "v30", "digest": image("image-30").digest()});
    let versions = place.quay.check(Some(&since)).json();
    let tags: Vec<&str> = versions.as_array().unwrap().iter().map(|v| v["tag"].as_str().unwrap()).collect();
    assert_eq!((tags.first(), tags.last(), tags.len()), (Some(&"v10"), Some(&"v39"), 30));
}

#[test]
fn without_require_check_does_not_look_at_scans() {
    let place = Place::new().with(&json!({"tag": "latest", "scan": {}}));
    place.push("a=latest");
    place.scan("a", "Critical");
    assert_eq!(place.check(None), "a=latest");
    assert!(!place.asked().iter().any(|asked| asked.contains("security")), "{:?}", place.asked());
}
