//! What is sent, what is not, and in which order.

use serde_json::json;

use crate::place::{Place, REPOSITORY, image};

#[test]
fn everything_that_a_tag_leads_to_is_there_before_it_moves() {
    let place = Place::new();
    let params = json!({"image": place.layout("image", &image()), "version": "1.0.0", "bump_aliases": true});
    place.put(&params).json();
    let paths: Vec<String> = place.writes().into_iter().map(|(_, path, _)| path).collect();
    let first_tag = paths.iter().position(|path| path == "manifests/1.0.0").unwrap();
    let manifest = format!("manifests/{}", image().digest());
    let first_manifest = paths.iter().position(|path| *path == manifest).unwrap();
    assert!(paths[..first_manifest].iter().all(|path| path.starts_with("blobs/")), "{paths:?}");
    assert_eq!(first_manifest + 1, first_tag, "{paths:?}");
    assert_eq!(paths[first_tag..].len(), 4, "{paths:?}");
}

#[test]
fn a_second_put_sends_nothing_and_says_the_same() {
    let place = Place::new();
    let params = json!({"image": place.layout("image", &image()), "version": "1.0.0", "bump_aliases": true});
    let first = place.put(&params).json();
    place.proxy.forget_requests();
    assert_eq!(place.put(&params).json(), first);
    assert_eq!(place.writes(), []);
}

#[test]
fn blobs_are_sent_side_by_side() {
    let place = Place::new();
    place.proxy.set_latency(std::time::Duration::from_millis(30));
    let params = json!({"image": place.layout("image", &image()), "version": "1.0.0"});
    place.put(&params).json();
    let most = place.proxy.max_in_flight();
    assert!((2..=8).contains(&most), "{most}");
}

#[test]
fn blobs_of_the_repository_that_an_image_came_from_are_mounted() {
    let place = Place::new();
    image().push(&place.registry, "staging/app", "1.0.0");
    place.write("fetched/repository", format!("{}/staging/app", place.proxy.host()));
    let params = json!({"image": place.layout("fetched/oci", &image()), "version": "1.0.0"});
    let outcome = place.put(&params);
    outcome.json();
    let uploads: Vec<_> =
        place.writes().into_iter().filter(|(_, path, _)| path.starts_with("blobs/")).collect();
    assert_eq!(uploads.len(), 4, "three layers and a configuration: {uploads:?}");
    for (method, path, status) in uploads {
        assert_eq!((method.as_str(), status), ("POST", 201), "{path}");
        assert!(path.contains("mount=sha256") && path.contains("from=staging"), "{path}");
    }
    assert!(outcome.stderr.contains("0 sent (0 B), 4 taken from other repositories"), "{}", outcome.stderr);
}

#[test]
fn a_blob_that_the_other_repository_has_not_got_is_sent() {
    let place = Place::new();
    place.write("fetched/repository", format!("{}/staging/app", place.proxy.host()));
    let params = json!({"image": place.layout("fetched/oci", &image()), "version": "1.0.0"});
    place.put(&params).json();
    assert_eq!(place.digest("1.0.0").as_deref(), Some(image().digest()));
}

#[test]
fn an_image_without_layers_is_pushed() {
    let place = Place::new();
    let empty = stack::image::Builder::new().build();
    place.put(&json!({"image": place.layout("image", &empty), "version": "1.0.0"})).json();
    assert_eq!(place.remote().manifest(REPOSITORY, "1.0.0").unwrap()["layers"], json!([]));
}
