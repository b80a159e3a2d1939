//! How often Quay is asked for tags, and what happens when they change meanwhile.

use serde_json::json;
use stack::{Fault, On};

use crate::place::{Place, REPOSITORY, image, shown, version};

#[test]
fn a_thousand_tags_are_a_dozen_requests_and_none_to_the_registry() {
    let place = Place::new();
    place.push_many(1000);
    place.push("b=2.0.0");
    assert_eq!(place.check(None), "a=1.0.0 b=2.0.0");
    assert!(place.asked().len() <= 12, "{:?}", place.asked());
    assert_eq!(place.proxy.requests().len(), place.asked().len(), "{:?}", place.proxy.requests());
}

#[test]
fn a_pattern_with_a_cursor_reads_no_further_than_the_cursor() {
    let place = Place::new().with(&json!({"tag_regex": "^1\\."}));
    place.push_many(300);
    place.push("b=1.300.0 c=1.301.0");
    assert_eq!(place.check(Some(&version("b", "1.300.0"))), "b=1.300.0 c=1.301.0");
    assert_eq!(place.asked().len(), 1, "{:?}", place.asked());
    place.proxy.forget_requests();
    place.check(None);
    assert_eq!(place.asked().len(), 4, "without one, all pages");
}

#[test]
fn quay_filters_names_where_it_can() {
    let place = Place::new();
    place.push_many(250);
    place.push("b=main-1 c=1.0.0-slim");
    let cases = [
        (json!({"tag": "main-1"}), "b=main-1", "specificTag=main-1"),
        (json!({"tag_regex": "^main-[0-9]"}), "b=main-1", "filter_tag_name=like%3Amain-"),
        (json!({"variant": "slim"}), "c=1.0.0-slim", "filter_tag_name=like%3Aslim"),
    ];
    for (fields, expected, query) in cases {
        let mut quay = place.quay.clone();
        for (name, value) in fields.as_object().unwrap() {
            quay.source[name] = value.clone();
        }
        place.proxy.forget_requests();
        assert_eq!(shown(&quay.check(None).json()), expected, "{fields}");
        let asked = place.asked();
        assert!(asked.len() == 1 && asked[0].contains(query), "{asked:?}");
        assert!(asked[0].contains("onlyActiveTags=true"), "{asked:?}");
    }
}

#[test]
fn a_list_that_changes_while_it_is_read_loses_no_tag() {
    let place = Place::new();
    place.push_many(150);
    place.push("b=3.0.0");
    let new = image("b").digest().to_owned();
    // Rows move down by one, and the moved tag is only on the first page.
    place.stub.after_page(REPOSITORY, 1, move |repository, now| repository.point("1.0.0", &new, now));
    assert_eq!(place.check(None), "a=1.1.0 b=3.0.0");
    assert_eq!(place.asked().len(), 3, "the first page again: {:?}", place.asked());

    place.proxy.forget_requests();
    // Rows move up by one: what stands at the end of the first page then was never read.
    place.stub.after_page(REPOSITORY, 1, |repository, now| {
        for minor in 100..120 {
            repository.delete(&format!("1.{minor}.0"), now);
        }
    });
    assert_eq!(place.check(None), "a=1.1.0 b=3.0.0");
    assert!(place.asked().len() >= 4, "all over again: {:?}", place.asked());
}

#[test]
fn a_page_that_quay_refuses_gets_smaller() {
    let place = Place::new();
    place.push_many(60);
    let is_large = |request: &http::request::Parts| {
        let query = request.uri.query().unwrap_or_default();
        let limit = query.split('&').find_map(|part| part.strip_prefix("limit=")?.parse::<usize>().ok());
        limit.is_some_and(|limit| limit > 50)
    };
    place.proxy.inject(On::get("/tag/").when(is_large), Fault::status(400));
    assert_eq!(place.check(None), "a=1.0.0");
    let refused = place.asked().iter().filter(|asked| asked.contains("limit=100")).count();
    assert_eq!((refused, place.asked().len()), (1, 3), "{:?}", place.asked());
}

#[test]
fn a_server_that_gives_fewer_tags_a_page_is_taken_at_its_word() {
    let place = Place::new();
    place.push_many(70);
    place.push("b=2.0.0");
    place.stub.limit_pages(30);
    assert_eq!(place.check(None), "a=1.0.0 b=2.0.0");
    assert_eq!(place.asked().len(), 4, "one of 100, and then three of 30 at most: {:?}", place.asked());
}

#[test]
fn a_row_with_a_shape_of_its_own_is_left_out() {
    let place = Place::new().with(&json!({"tag_regex": "^v"}));
    place.push("a=v1");
    let row = json!({"name": "v1", "manifest_digest": image("a").digest(), "start_ts": 1, "more": {"x": []}});
    let odd = json!({"name": "v2", "manifest_digest": null});
    let page = json!({"tags": [row, odd], "page": 1, "has_additional": false}).to_string();
    let answer = stack::fault_proxy::Answer::new(200).json(&page);
    place.proxy.inject(On::get("/tag/"), Fault::Answer(answer));
    assert_eq!(place.check(None), "a=v1");
}
