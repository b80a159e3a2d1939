//! Expiry, labels and immutability of what is pushed.

use serde_json::{Value, json};
use stack::QuayStub;

use crate::place::{Place, REPOSITORY, image};

const HOUR: i64 = 3600;
const WEEK: i64 = 7 * 24 * HOUR;

fn put(place: &Place, extra: Value) -> acceptance::Outcome {
    place.layout("image", &image("a"));
    let mut params = json!({"image": "image", "version": "1.0.0"});
    params.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    place.put(&params)
}

#[track_caller]
fn about(found: Option<i64>, expected: i64) {
    assert!(found.is_some_and(|found| (found - expected).abs() <= 5), "{found:?}, not {expected}");
}

#[test]
fn expiry_is_a_time_a_date_or_taken_away() {
    let place = Place::new();
    let outcome = put(&place, json!({"tag_expiry": "2w"}));
    assert!(outcome.succeeded && outcome.stderr.contains("tag 1.0.0: expires 20"), "{}", outcome.stderr);
    about(place.expiry("1.0.0"), 2 * WEEK);
    put(&place, json!({"tag_expiry": "3d"})).json();
    about(place.expiry("1.0.0"), 3 * 24 * HOUR);
    let outcome = put(&place, json!({"tag_expiry": "never"}));
    assert!(outcome.stderr.contains("does not expire"), "{}", outcome.stderr);
    assert_eq!(place.expiry("1.0.0"), None);
    // 400 days from now, as a date.
    let (day, now) = (24 * HOUR, place.stub.now());
    let date = stack_date(now + 400 * day);
    put(&place, json!({"tag_expiry": date})).json();
    let found = place.expiry("1.0.0").unwrap();
    assert!((399 * day..=400 * day).contains(&found), "{found} for {date}");
}

/// Seconds since 1970 as a date, by the days of the civil calendar.
fn stack_date(seconds: i64) -> String {
    let days = seconds / 86_400 + 719_468;
    let era = days / 146_097;
    let day_of_era = days - era * 146_097;
    let year_of_era = (day_of_era - day_of_era / 1460 + day_of_era / 36_524 - day_of_era / 146_096) / 365;
    let day_of_year = day_of_era - (365 * year_of_era + year_of_era / 4 - year_of_era / 100);
    let month = (5 * day_of_year + 2) / 153;
    let day = day_of_year - (153 * month + 2) / 5 + 1;
    let month = if month < 10 { month + 3 } else { month - 9 };
    let year = year_of_era + era * 400 + i64::from(month <= 2);
    format!("{year:04}-{month:02}-{day:02}")
}

#[test]
fn expiry_may_differ_by_tag() {
    let place = Place::new();
    let expiry = json!({"latest": "2h", "1.0.0": "never"});
    put(&place, json!({"bump_aliases": true, "tag_expiry": expiry})).json();
    about(place.expiry("latest"), 2 * HOUR);
    assert_eq!((place.expiry("1.0.0"), place.expiry("1.0")), (None, None));
    let outcome = put(&place, json!({"tag_expiry": {"lates": "2h"}}));
    assert!(outcome.error().contains("names the tag lates, which is not pushed"), "{}", outcome.stderr);
}

#[test]
fn expiry_is_set_again_after_each_push() {
    let place = Place::new();
    put(&place, json!({"tag_expiry": "2w"})).json();
    // Somebody pushes the same image, and Quay drops the expiry.
    image("a").push(&place.stub, REPOSITORY, "1.0.0");
    assert_eq!(place.expiry("1.0.0"), None);
    put(&place, json!({"tag_expiry": "2w"})).json();
    about(place.expiry("1.0.0"), 2 * WEEK);
}

#[test]
fn an_expiry_that_quay_clamps_is_named() {
    let place = Place::new();
    for (asked, kept) in [("10m", HOUR), ("200w", 104 * WEEK)] {
        let outcome = put(&place, json!({"tag_expiry": asked}));
        assert!(outcome.succeeded, "{}", outcome.stderr);
        let line = outcome.stderr.lines().find(|line| line.contains("one hour to 104 weeks"));
        assert!(line.is_some_and(|line| line.contains("warning")), "{asked}: {}", outcome.stderr);
        about(place.expiry("1.0.0"), kept);
    }
}

#[test]
fn it_counts_before_the_label_of_the_image() {
    let place = Place::new();
    put(&place, json!({"expires_after": "1d"})).json();
    about(place.expiry("1.0.0"), 24 * HOUR);
    put(&place, json!({"expires_after": "1d", "tag_expiry": "2w"})).json();
    about(place.expiry("1.0.0"), 2 * WEEK);
}

#[test]
fn labels_are_set_once_and_replaced() {
    let place = Place::new();
    std::fs::write(place.folder.path().join("commit"), "abc123\n").unwrap();
    let labels = json!({"team": "payments", "com.acme.commit": {"file": "commit"}});
    put(&place, json!({"quay_labels": labels})).json();
    let kept = || {
        let repository = place.stub.repository(REPOSITORY).unwrap();
        let labels = repository.manifests[image("a").digest()].labels.clone();
        let mut texts: Vec<String> = labels
            .into_iter()
            .filter(|label| label.source == "api")
            .map(|label| format!("{}={}", label.key, label.value))
            .collect();
        texts.sort();
        texts.join(" ")
    };
    assert_eq!(kept(), "com.acme.commit=abc123 team=payments");
    put(&place, json!({"quay_labels": {"team": "orders"}})).json();
    assert_eq!(kept(), "com.acme.commit=abc123 team=orders");
    place.proxy.forget_requests();
    let outcome = put(&place, json!({"quay_labels": {"team": "orders"}}));
    assert!(outcome.stderr.contains("label team: was set already"), "{}", outcome.stderr);
    assert!(!place.writes().iter().any(|write| write.contains("/labels")), "{:?}", place.writes());
}

#[test]
fn tags_become_immutable_where_the_server_has_that() {
    let place = Place::on(QuayStub::builder().immutable_tags().start());
    let outcome = put(&place, json!({"immutable": true}));
    assert!(outcome.succeeded && outcome.stderr.contains("tag 1.0.0: immutable"), "{}", outcome.stderr);
    let again = put(&place, json!({"immutable": true}));
    assert!(again.succeeded && again.stderr.contains("was immutable already"), "{}", again.stderr);
    place.layout("other", &image("b"));
    let moved = place.put(&json!({"image": "other", "version": "1.0.0"}));
    assert!(moved.error().contains("TAG_IMMUTABLE"), "{}", moved.stderr);

    let place = Place::new();
    let outcome = put(&place, json!({"immutable": true}));
    assert!(outcome.succeeded && outcome.stderr.contains("has no immutable tags"), "{}", outcome.stderr);
}
