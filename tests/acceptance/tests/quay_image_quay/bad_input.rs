//! What can't be meant is refused by name, and nothing is changed.

use serde_json::{Value, json};
use stack::fault_proxy::Answer;
use stack::{Fault, On};

use crate::place::{EVERYTHING, Place, image};

fn push(extra: &Value) -> Value {
    let mut params = json!({"image": "image", "version": "1.0.0"});
    params.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
    params
}

#[test]
fn params_are_checked_before_anything_is_sent() {
    let place = Place::new();
    place.push("a=v1");
    place.layout("image", &image("b"));
    place.proxy.forget_requests();
    let ignored =
        |until: &str| json!({"scan": {"ignore": [{"cve": "CVE-1", "reason": "x", "until": until}]}});
    let cases = [
        (
            "an exception that ended",
            push(&ignored("2024-01-31")),
            "the exception for CVE-1 ended on 2024-01-31",
        ),
        ("one without a date", push(&ignored("soon")), "`soon` is no date"),
        (
            "one without a reason",
            push(&json!({"scan": {"ignore": [{"cve": "CVE-1", "reason": "", "until": "2999-01-01"}]}})),
            "reason",
        ),
        (
            "one of nothing",
            push(&json!({"scan": {"ignore": [{"reason": "x", "until": "2999-01-01"}]}})),
            "neither a `cve` nor a `package`",
        ),
        ("a severity", push(&json!({"scan": {"tolerate": "severe"}})), "`critical`"),
        ("a wait", push(&json!({"scan": {"wait": "long"}})), "`params.scan.wait`"),
        ("an expiry in the past", push(&json!({"tag_expiry": "2024-01-31"})), "`params.tag_expiry` is past"),
        ("an expiry that is none", push(&json!({"tag_expiry": "soon"})), "`soon` is no expiry"),
        ("one of a tag", push(&json!({"tag_expiry": {"1.0.0": "soon"}})), "`params.tag_expiry[1.0.0]`"),
        (
            "expiry and immutable",
            push(&json!({"tag_expiry": "2w", "immutable": true})),
            "contradict each other",
        ),
        (
            "a reserved label",
            push(&json!({"quay_labels": {"quay.expires-after": "2w"}})),
            "`quay` is reserved",
        ),
        ("a label's form", push(&json!({"quay_labels": {"Team_A": "x"}})), "`Team_A` is no key of a label"),
        (
            "an expression",
            push(&json!({"delete_tags": {"tag_regex": "("}})),
            "`params.delete_tags.tag_regex`",
        ),
        (
            "an age",
            push(&json!({"delete_tags": {"tag_regex": "x", "older_than": "old"}})),
            "`old` is no time",
        ),
        ("restore in a push", push(&json!({"restore": {"tag": "v1"}})), "`params.restore` has no effect"),
        ("a scan that pushes", json!({"action": "scan", "image": "image"}), "`params.image` has no effect"),
        ("nothing to delete", json!({"action": "delete-tags"}), "`delete_tags` is missing"),
        ("nothing to restore", json!({"action": "restore"}), "`restore` is missing"),
        ("an action", json!({"action": "purge"}), "`delete-tags`"),
    ];
    for (case, params, expected) in cases {
        let outcome = place.put(&params);
        assert!(outcome.error().contains(expected), "{case}: {}", outcome.stderr);
        assert!(place.proxy.requests().is_empty(), "{case}: {:?}", place.proxy.requests());
    }
}

#[test]
fn without_a_block_what_needs_quay_says_so() {
    let mut place = Place::new();
    place.layout("image", &image("a"));
    place.quay.source.as_object_mut().unwrap().remove("quay");
    place.set(&json!({"username": "$oauthtoken", "password": place.stub.oauth_token(EVERYTHING)}));
    let cases = [
        (push(&json!({"tag_expiry": "2w"})), "`params.tag_expiry`"),
        (push(&json!({"scan": {}})), "`params.scan`"),
        (json!({"action": "scan", "tag": "v1"}), "`action: scan`"),
    ];
    for (params, what) in cases {
        let outcome = place.put(&params);
        let error = outcome.error();
        assert!(
            error.contains(&format!("{what} needs Quay's own API")) && error.contains("hint: `quay:"),
            "{error}"
        );
    }
    place.set(&json!({"scan": {"require": "passed"}, "tag": "v1"}));
    place.push("a=v1");
    assert!(place.quay.check(None).error().contains("`source.scan` needs Quay's own API"));
    assert_eq!(place.writes(), Vec::<String>::new());
}

#[test]
fn a_token_for_another_organisation_changes_nothing() {
    let mut place = Place::new();
    place.push("a=v1");
    place.layout("image", &image("b"));
    let robot = place.stub.create_robot("acme+ci", &[("acme/app", "write")]);
    place.quay.source["quay"]["token"] = json!(place.stub.oauth_token_of("rival", EVERYTHING));
    place.set(&json!({"username": "acme+ci", "password": robot}));
    let cases = [
        push(&json!({"tag_expiry": "2w"})),
        push(&json!({"delete_tags": {"tag_regex": "^v", "dry_run": false, "allow_all": true}})),
        json!({"action": "restore", "restore": {"tag": "v1"}}),
        json!({"action": "ensure-repository", "settings": {"visibility": "public"}}),
    ];
    for params in cases {
        let outcome = place.put(&params);
        assert!(
            outcome.error().contains("another organisation's application"),
            "{params}: {}",
            outcome.stderr
        );
        assert_eq!(place.writes(), Vec::<String>::new(), "{params}");
    }
    assert_eq!(place.tags(), "v1");
}

#[test]
fn an_api_that_answers_pages_is_named() {
    let page = || Answer::nginx(200);
    let login = Answer::new(302).header("location", "/login");
    let faults = [
        ("a page", Fault::Answer(page())),
        ("a refusal", Fault::nginx(403)),
        ("a login", Fault::Answer(login)),
    ];
    for (case, fault) in faults {
        let place = Place::new();
        place.push("a=v1");
        place.layout("image", &image("b"));
        place.proxy.inject(On::path("/api/v1/"), fault);
        place.proxy.inject(On::path("/login"), Fault::Answer(page()));
        let outcome = place.put(&push(&json!({"tag_expiry": "2w"})));
        let error = outcome.error();
        assert!(error.contains("hint: "), "{case}: {error}");
        assert!(!error.contains("<html"), "{case}: {error}");
        assert_eq!(place.writes(), Vec::<String>::new(), "{case}");
        assert_eq!(place.tags(), "v1", "{case}");
    }
}

#[test]
fn an_answer_without_end_is_given_up() {
    let place = Place::new().with(&json!({"tag_regex": "x"}));
    place.push("a=v1");
    let long = format!("{{\"tags\": [], \"more\": \"{}\"}}", "x".repeat(20_000_000));
    place.proxy.inject(On::get("/tag/"), Fault::Answer(Answer::new(200).json(&long)));
    let outcome = place.quay.check(None);
    assert!(outcome.stderr.contains("is larger than"), "{}", outcome.stderr);
}
