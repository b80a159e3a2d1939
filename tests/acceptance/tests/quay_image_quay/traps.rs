//! What Quay does otherwise than its documents, and others, say.

use acceptance::Resource;
use serde_json::{Value, json};
use stack::image::{Builder, Index, noise};
use stack::{Fault, Folder, On, QuayStub};

use crate::place::{Place, REPOSITORY, image, shown, version};

/// The same repository for a robot, without Quay's API.
fn robot(place: &Place, role: &str, fields: &Value) -> Resource {
    let roles: &[(&str, &str)] = if role.is_empty() { &[] } else { &[(REPOSITORY, role)] };
    let password = place.stub.create_robot("acme+ci", roles);
    let mut source =
        json!({"repository": place.quay.source["repository"], "username": "acme+ci", "password": password});
    source.as_object_mut().unwrap().extend(fields.as_object().unwrap().clone());
    Resource::new("quay-image", source)
}

/// Quay converts what a client does not accept to schema 1, which has another digest.
#[test]
fn every_kind_of_manifest_is_accepted() {
    let place = Place::new();
    let docker = Builder::new().label("kind", "docker").docker().build();
    let list = Index::of([docker.clone()]).docker().build();
    let index = Index::of([image("a")]).build();
    let kinds = [("oci", image("a")), ("docker", docker), ("list", list), ("index", index)];
    for (tag, content) in kinds {
        content.push(&place.stub, REPOSITORY, tag);
        let found = robot(&place, "read", &json!({"tag": tag})).check(None).json();
        assert_eq!(found, json!([{"tag": tag, "digest": content.digest()}]), "{tag}");
    }
}

/// Quay makes a repository when a token to push there is asked for.
#[test]
fn check_and_get_ask_to_pull_alone_and_make_no_repository() {
    let place = Place::new();
    place.stub.create_team("acme", "creators", &["acme+ci"]);
    let quay = robot(&place, "", &json!({"tag": "v1"}));
    quay.check(None);
    let folder = Folder::new("none");
    quay.get(folder.path(), &version("a", "v1"), &json!({}));
    assert!(place.stub.repository(REPOSITORY).is_none());
}

/// Quay hands out a token with fewer rights instead of refusing, and then says 401.
#[test]
fn a_token_with_fewer_rights_than_asked_is_an_error_with_a_hint() {
    let place = Place::new();
    place.push("a=v1");
    place.layout("image", &image("b"));
    let quay = robot(&place, "read", &json!({"tag": "v2"}));
    let outcome = quay.put(place.folder.path(), &json!({"image": "image"}));
    assert!(outcome.error().contains("401"), "{}", outcome.stderr);
    assert!(outcome.stderr.contains("write) the repository"), "{}", outcome.stderr);
}

#[test]
fn a_repository_that_is_absent_may_look_denied() {
    let place = Place::new();
    let outcome = robot(&place, "", &json!({"tag": "v1"})).check(None);
    assert!(outcome.error().contains("does not exist looks the same"), "{}", outcome.stderr);
}

/// Quay's links to the next page are relative, and a page has a hundred tags whatever is asked for.
#[test]
fn links_to_the_next_page_are_relative() {
    let place = Place::new();
    place.push_many(250);
    place.push("b=2.0.0");
    assert_eq!(shown(&robot(&place, "read", &json!({})).check(None).json()), "a=1.0.0 b=2.0.0");
    let lists = place.proxy.requests().iter().filter(|request| request.path.contains("/tags/list")).count();
    assert_eq!(lists, 3);
}

#[test]
fn a_tag_that_expired_is_gone_and_no_fault() {
    let place = Place::new();
    let short = Builder::new().label("quay.expires-after", "1s").build();
    short.push(&place.stub, REPOSITORY, "v1");
    place.stub.advance(std::time::Duration::from_secs(2));
    let quay = robot(&place, "read", &json!({"tag": "v1"}));
    assert_eq!(quay.check(None).json(), json!([]));
}

/// nginx in front of Quay takes manifests up to 1 MiB, and refuses others with a page.
#[test]
fn a_manifest_that_is_too_large_is_said_to_be() {
    let place = Place::new();
    place.layout("image", &image("a"));
    std::fs::write(place.folder.path().join("long"), "x".repeat(60_000)).unwrap();
    let annotations: serde_json::Map<String, Value> =
        (0..20).map(|number| (format!("long-{number}"), json!({"file": "long"}))).collect();
    let outcome = place.put(&json!({"image": "image", "version": "1.0.0", "annotations": annotations}));
    assert!(outcome.error().contains("up to 1 MiB"), "{}", outcome.stderr);
    assert_eq!(place.tags(), "");
}

/// Quay ignores a bad expiry without a word.
#[test]
fn a_bad_expiry_is_refused_before_the_push() {
    let place = Place::new();
    place.layout("image", &image("a"));
    let own = Builder::new().label("quay.expires-after", "two weeks").build();
    place.layout("own", &own);
    let annotated = Builder::new().annotation("quay.expires-after", "1y").build();
    place.layout("annotated", &annotated);
    let bad = json!({"quay.expires-after": "soon"});
    let cases = [
        ("the param", json!({"image": "image", "expires_after": "2 weeks"}), "`2 weeks`"),
        ("a label", json!({"image": "image", "labels": bad}), "`soon`"),
        ("an annotation", json!({"image": "image", "annotations": bad}), "`soon`"),
        ("the image's own label", json!({"image": "own"}), "`two weeks`"),
        ("the image's own annotation", json!({"image": "annotated"}), "`1y`"),
    ];
    for (case, mut params, expected) in cases {
        params["version"] = json!("1.0.0");
        let outcome = place.put(&params);
        assert!(outcome.error().contains(expected), "{case}: {}", outcome.stderr);
        assert_eq!(place.writes(), Vec::<String>::new(), "{case}");
    }
}

/// Quay refuses a push to an immutable tag, also of what it names already.
#[test]
fn an_immutable_tag_that_names_the_image_already_counts_as_done() {
    let place = Place::on(QuayStub::builder().immutable_tags().start());
    place.layout("image", &image("a"));
    // The label makes a second push renew the expiry, so that it is really sent.
    let params = json!({"image": "image", "version": "1.0.0", "expires_after": "2w"});
    place.put(&params).json();
    place.stub.change(REPOSITORY, |repository| repository.tags[0].immutable = true);
    let again = place.put(&params);
    assert!(again.succeeded && again.stderr.contains("and is immutable"), "{}", again.stderr);
}

/// Quay answers a range of a blob with the whole of it.
#[test]
fn a_download_that_breaks_off_is_whole_in_the_end() {
    let place = Place::new();
    let layer = stack::image::Layer::new().file("noise", noise(7, 400_000));
    let large = Builder::new().layer(layer).build();
    large.push(&place.stub, REPOSITORY, "v1");
    let blob = format!("/blobs/{}", large.blobs[0].descriptor()["digest"].as_str().unwrap());
    place.proxy.inject(On::get(&blob).once(), Fault::ResetAfter(150_000));
    let folder = Folder::new("broken");
    let version = json!({"tag": "v1", "digest": large.digest()});
    let outcome = robot(&place, "read", &json!({})).get(folder.path(), &version, &json!({}));
    assert!(outcome.succeeded, "{}", outcome.stderr);
    assert_eq!(std::fs::read(folder.path().join("rootfs/noise")).unwrap(), noise(7, 400_000));
}
