//! Tags that are deleted by rule.

use std::time::Duration;

use serde_json::{Value, json};
use stack::{Fault, On, QuayStub};

use crate::place::{Place, REPOSITORY, image};

fn delete(place: &Place, fields: &Value) -> acceptance::Outcome {
    place.put(&json!({"action": "delete-tags", "delete_tags": fields}))
}

/// Old tags `pr-1` and `pr-2`, a day later `pr-3` and `main`. The program's clock is the real one, so the past is made.
fn stage() -> Place {
    let place = Place::new();
    place.push("a=pr-1 b=pr-2 c=pr-3 d=main,sha256-0.sig");
    place.stub.change(REPOSITORY, |repository| {
        for row in &mut repository.tags {
            row.start -= if row.name == "pr-1" || row.name == "pr-2" { 86_400 } else { 0 };
        }
    });
    place
}

#[test]
fn nothing_is_deleted_until_dry_run_is_switched_off() {
    let place = stage();
    let before = place.tags();
    let outcome = delete(&place, &json!({"tag_regex": "^pr-"}));
    assert!(outcome.succeeded, "{}", outcome.stderr);
    for tag in ["pr-1", "pr-2", "pr-3"] {
        assert!(outcome.stderr.contains(&format!("would be deleted: {tag} (sha256:")), "{}", outcome.stderr);
    }
    assert!(outcome.stderr.contains("`dry_run: false` deletes them"), "{}", outcome.stderr);
    assert_eq!(place.tags(), before);
    assert_eq!(place.writes(), Vec::<String>::new());
}

#[test]
fn age_and_the_newest_ones_are_kept() {
    let cases = [
        ("all", json!({"tag_regex": "^pr-"}), "main sha256-0.sig"),
        ("the newest stays", json!({"tag_regex": "^pr-", "keep_last": 1}), "main pr-3 sha256-0.sig"),
        ("the young stay", json!({"tag_regex": "^pr-", "older_than": "12h"}), "main pr-3 sha256-0.sig"),
        (
            "both",
            json!({"tag_regex": "^pr-", "older_than": "12h", "keep_last": 2}),
            "main pr-2 pr-3 sha256-0.sig",
        ),
        (
            "none are so old",
            json!({"tag_regex": "^pr-", "older_than": "2w"}),
            "main pr-1 pr-2 pr-3 sha256-0.sig",
        ),
    ];
    for (case, mut fields, left) in cases {
        let place = stage();
        fields["dry_run"] = json!(false);
        let outcome = delete(&place, &fields);
        assert!(outcome.succeeded, "{case}: {}", outcome.stderr);
        assert_eq!(place.tags(), left, "{case}");
    }
}

#[test]
fn what_is_deleted_was_listed_before() {
    let place = stage();
    // The first deletion takes so long that the list is on stderr before anything is gone.
    place.proxy.inject(On::method(http::Method::DELETE, "/tag/").once(), Fault::nginx(403));
    let outcome = delete(&place, &json!({"tag_regex": "^pr-", "dry_run": false}));
    let error = outcome.error();
    for tag in ["pr-1", "pr-2", "pr-3"] {
        assert!(error.contains(&format!("to be deleted: {tag} ")), "{error}");
    }
    assert_eq!(place.tags(), "main pr-1 pr-2 pr-3 sha256-0.sig", "the first refusal ends it");
}

#[test]
fn an_expression_that_spares_no_tag_has_to_be_meant() {
    let place = stage();
    let before = place.tags();
    let all = json!({"tag_regex": ".*", "dry_run": false});
    let outcome = delete(&place, &all);
    assert!(outcome.error().contains("allow_all: true"), "{}", outcome.stderr);
    assert_eq!((place.tags(), place.writes()), (before, Vec::new()));
    assert!(delete(&place, &json!({"tag_regex": ".*"})).succeeded, "a dry run shows it");
    let mut meant = all;
    meant["allow_all"] = json!(true);
    delete(&place, &meant).json();
    assert_eq!(place.tags(), "sha256-0.sig");
}

#[test]
fn a_tag_that_moves_or_vanishes_meanwhile_is_no_fault() {
    let place = stage();
    let new = image("f").digest().to_owned();
    image("f").push(&place.stub, REPOSITORY, "f");
    place.stub.after_page(REPOSITORY, 1, move |repository, now| {
        repository.point("pr-1", &new, now);
        repository.delete("pr-2", now);
    });
    let outcome = delete(&place, &json!({"tag_regex": "^pr-", "dry_run": false}));
    assert!(outcome.succeeded, "{}", outcome.stderr);
    assert!(outcome.stderr.contains("moved meanwhile: pr-1"), "{}", outcome.stderr);
    assert_eq!(place.tags(), "f main pr-1 sha256-0.sig");
}

#[test]
fn immutable_tags_stay_and_are_named() {
    let place = Place::on(QuayStub::builder().immutable_tags().start());
    place.push("a=pr-1 b=pr-2 c=main");
    place.stub.change(REPOSITORY, |repository| repository.tags[0].immutable = true);
    place.stub.advance(Duration::from_secs(1));
    let outcome = delete(&place, &json!({"tag_regex": "^pr-", "dry_run": false, "older_than": ""}));
    assert!(outcome.succeeded && outcome.stderr.contains("immutable: pr-1"), "{}", outcome.stderr);
    assert_eq!(place.tags(), "main pr-1");
}

#[test]
fn a_push_may_clear_away_what_is_old() {
    let place = stage();
    place.layout("image", &image("e"));
    let params = json!({
        "image": "image", "version": "1.0.0",
        "delete_tags": {"tag_regex": "^pr-", "keep_last": 1, "dry_run": false},
    });
    assert_eq!(place.put(&params).json()["version"]["tag"], "1.0.0");
    assert_eq!(place.tags(), "1.0.0 main pr-3 sha256-0.sig");
}
