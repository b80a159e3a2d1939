//! Registries and networks that misbehave, and images that are damaged.

use std::fs;

use serde_json::json;
use stack::fault_proxy::Answer;
use stack::registry::TokenAuth;
use stack::{Fault, On, Registry};

use crate::place::{Place, REPOSITORY, image, other_image};

#[test]
fn passing_faults_are_overcome() {
    let cases = [
        ("hang-up at the look-up", On::head("/blobs/").times(2), Fault::HangUp),
        ("server errors at the look-up", On::head("/blobs/").times(2), Fault::status(500)),
        ("upload not begun", On::post("/uploads/").times(2), Fault::status(502)),
        ("upload throttled", On::post("/uploads/").once(), Fault::too_many_requests(Some("1"))),
        ("throttled by nginx", On::post("/uploads/").once(), Fault::nginx(429)),
        ("upload's end lost", On::put("/uploads/").times(2), Fault::HangUp),
        ("upload fails", On::put("/uploads/").times(2), Fault::status(503)),
        ("manifest not written", On::put("/manifests/").times(2), Fault::status(500)),
        ("manifest's answer lost", On::put("/manifests/").once(), Fault::HangUp),
        ("slow", On::any().times(3), Fault::SlowHeader(std::time::Duration::from_millis(100))),
    ];
    for (case, on, fault) in cases {
        let place = Place::new();
        place.proxy.inject(on, fault);
        let outcome = place.put(&json!({"image": place.layout("image", &image()), "version": "1.0.0"}));
        assert_eq!(outcome.json()["version"]["digest"], image().digest(), "{case}");
        assert_eq!(place.digest("1.0.0").as_deref(), Some(image().digest()), "{case}");
    }
}

#[test]
fn a_token_that_grows_stale_is_renewed() {
    let place = Place::on(Registry::builder().token_auth(TokenAuth::user("ann", "token-canary")).start())
        .with(&json!({"username": "ann", "password": "token-canary"}));
    place.proxy.inject(On::put("/blobs/uploads/").once(), Fault::StaleToken);
    place.proxy.inject(On::put("/manifests/").once(), Fault::StaleToken);
    place.put(&json!({"image": place.layout("image", &image()), "version": "1.0.0"})).json();
    assert_eq!(place.digest("1.0.0").as_deref(), Some(image().digest()));
}

#[test]
fn a_put_that_fails_moves_no_tag() {
    let immutable =
        Answer::new(409).json(r#"{"errors":[{"code":"TAG_IMMUTABLE","message":"tag is immutable"}]}"#);
    let denied = || Answer::new(403).json(r#"{"errors":[{"code":"DENIED","message":"quota exceeded"}]}"#);
    let cases = [
        ("no upload", On::post("/uploads/").skip(1), Fault::Answer(denied()), "quota"),
        ("blob refused", On::put("/uploads/").skip(1), Fault::Answer(denied()), "quota"),
        ("manifest refused", On::put("/manifests/sha256"), Fault::nginx(413), "1 MiB"),
        ("second tag refused", On::put("/manifests/1"), Fault::Answer(immutable), "immutability"),
    ];
    for (case, on, fault, expected) in cases {
        let place = Place::new();
        other_image().push(&place.registry, REPOSITORY, "latest");
        place.proxy.inject(on, fault);
        let source_tag_first = place.with(&json!({"tag": "latest"}));
        let outcome = source_tag_first
            .put(&json!({"image": source_tag_first.layout("image", &image()), "version": "1.0.0"}));
        assert!(outcome.error().contains(expected), "{case}: {}", outcome.stderr);
        assert_eq!(source_tag_first.tags(), ["latest"], "{case}");
        assert_eq!(source_tag_first.digest("latest").as_deref(), Some(other_image().digest()), "{case}");
    }
}

#[test]
fn a_tag_that_is_refused_is_named_with_those_that_moved_before() {
    let place = Place::new().with(&json!({"tag": "edge"}));
    place.write("tags", "last");
    place.proxy.inject(On::put("/manifests/last"), Fault::status(400));
    let params =
        json!({"image": place.layout("image", &image()), "version": "1.0.0", "additional_tags": "tags"});
    let outcome = place.put(&params);
    let expected =
        "cannot push the tag `last`; pushed before it, and now moved back unless new: `edge`, `1.0.0`";
    assert!(outcome.error().contains(expected), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("tag edge is new"), "{}", outcome.stderr);
}

#[test]
fn an_immutable_tag_that_names_the_image_already_is_as_good_as_pushed() {
    let place = Place::new();
    let immutable =
        Answer::new(409).json(r#"{"errors":[{"code":"TAG_IMMUTABLE","message":"tag is immutable"}]}"#);
    let params = json!({"image": place.layout("image", &image()), "version": "1.0.0", "expires_after": "2w"});
    let first = place.put(&params).json();
    place.proxy.inject(On::put("/manifests/1.0.0"), Fault::Answer(immutable));
    let again = place.put(&params);
    assert_eq!(again.json(), first);
    assert!(again.stderr.contains("is immutable"), "{}", again.stderr);
}

#[test]
fn an_answer_with_another_digest_is_named() {
    let place = Place::new();
    let lie = Answer::new(201).header("docker-content-digest", other_image().digest());
    place.proxy.inject(On::put("/manifests/sha256"), Fault::Answer(lie));
    let outcome = place.put(&json!({"image": place.layout("image", &image()), "version": "1.0.0"}));
    assert!(outcome.error().contains(other_image().digest()), "{}", outcome.stderr);
    assert!(outcome.stderr.contains(image().digest()), "{}", outcome.stderr);
    assert_eq!(place.digest("1.0.0"), None);
}

#[test]
fn a_damaged_layer_never_arrives_whole() {
    let place = Place::new();
    place.layout("image", &image());
    let layer = image().blobs[1].digest.clone();
    let path = place.path("image/blobs").join(layer.replace(':', "/"));
    let mut bytes = fs::read(&path).unwrap();
    bytes[300_000] ^= 1;
    fs::write(&path, bytes).unwrap();
    let outcome = place.put(&json!({"image": "image", "version": "1.0.0"}));
    assert!(outcome.error().contains(&format!("cannot push the blob {layer}")), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("the content has the digest"), "{}", outcome.stderr);
    assert_eq!(place.remote().blob(REPOSITORY, &layer), None);
    assert!(place.remote().digest(REPOSITORY, "1.0.0").is_none());
}

#[test]
fn a_registry_that_is_none_is_named() {
    let place = Place::new();
    place.proxy.inject(On::any(), Fault::nginx(200));
    let outcome = place.put(&json!({"image": place.layout("image", &image()), "version": "1.0.0"}));
    assert!(!outcome.error().is_empty(), "{}", outcome.stderr);
    assert!(place.proxy.requests().len() < 100);
}
