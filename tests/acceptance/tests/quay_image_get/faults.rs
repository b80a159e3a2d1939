//! Registries and networks that misbehave.

use std::time::Duration;

use serde_json::json;
use stack::fault_proxy::Answer;
use stack::image::{Blob, Builder, Content, Layer};
use stack::registry::TokenAuth;
use stack::{Fault, On, Registry};

use crate::place::{Place, image, large_layer};

const FORMATS: [&str; 3] = ["rootfs", "oci", "oci-layout"];

fn blob_of(image: &Content) -> String {
    format!("/blobs/{}", large_layer(image))
}

#[test]
fn passing_faults_are_overcome() {
    let image = image();
    let blob = blob_of(&image);
    let cases = [
        ("manifest throttled", On::get("/manifests/").once(), Fault::too_many_requests(Some("1"))),
        ("manifest hung up", On::get("/manifests/").times(2), Fault::HangUp),
        ("manifest failing", On::get("/manifests/").times(2), Fault::status(502)),
        ("manifest slow", On::get("/manifests/").once(), Fault::SlowHeader(Duration::from_millis(200))),
        ("blob throttled by nginx", On::get("/blobs/").once(), Fault::nginx(429)),
        ("blob hung up", On::get("/blobs/").times(3), Fault::HangUp),
        ("blob reset", On::get(&blob).times(3), Fault::ResetAfter(500_000)),
        ("blob cut off", On::get(&blob).times(2), Fault::TruncateAfter(1_000_000)),
        ("blob elsewhere", On::get("/blobs/"), Fault::RedirectElsewhere),
    ];
    for (case, on, fault) in cases {
        for format in FORMATS {
            let place = Place::with(&image);
            place.proxy.inject(on.clone(), fault.clone());
            let outcome = place.get(&image, &json!({"format": format}));
            assert!(outcome.succeeded, "{case}, {format}: {}", outcome.stderr);
        }
    }
}

#[test]
fn a_broken_download_goes_on_where_it_broke() {
    let image = image();
    let place = Place::with(&image);
    place.proxy.inject(On::get(&blob_of(&image)).times(2), Fault::ResetAfter(1_000_000));
    place.get(&image, &json!({})).json();
    let requests = place.proxy.requests();
    let of_blob: Vec<_> = requests.iter().filter(|request| request.path.contains(&blob_of(&image))).collect();
    assert_eq!(of_blob.len(), 3);
    assert!(of_blob[1].header("range").is_some_and(|range| range != "bytes=0-"), "{:?}", of_blob[1]);
    let sent: u64 = of_blob.iter().map(|request| request.sent).sum();
    assert!(sent < 3_600_000, "{sent} bytes for a layer of 3 MB");
    assert_eq!(std::fs::metadata(place.path("rootfs/noise")).unwrap().len(), 3_000_000);
}

#[test]
fn a_registry_that_ignores_ranges_serves_as_well() {
    let image = image();
    let place = Place::with(&image);
    place.proxy.inject(On::get(&blob_of(&image)).once(), Fault::ResetAfter(1_000_000));
    place.proxy.inject(On::get(&blob_of(&image)), Fault::IgnoreRange);
    place.get(&image, &json!({})).json();
    assert_eq!(std::fs::read(place.path("rootfs/noise")).unwrap(), stack::image::noise(1, 3_000_000));
}

#[test]
fn a_version_that_is_not_there_yet_is_waited_for() {
    let image = image();
    let place = Place::with(&image);
    let unknown = Answer::new(404).json(r#"{"errors":[{"code":"MANIFEST_UNKNOWN","message":"unknown"}]}"#);
    place.proxy.inject(On::get("/manifests/").times(2), Fault::Answer(unknown));
    place.get(&image, &json!({})).json();
}

#[test]
fn a_version_that_is_gone_is_an_error() {
    let image = image();
    let place = Place::with(&image);
    let version = json!({"tag": "1.0.0", "digest": format!("sha256:{}", "a".repeat(64))});
    let outcome = place.quay.get(place.folder.path(), &version, &json!({}));
    assert!(outcome.error().contains("is not there"), "{}", outcome.stderr);
    assert!(place.names().is_empty());
}

#[test]
fn a_token_that_grows_stale_is_renewed() {
    let image = image();
    let registry = Registry::builder().token_auth(TokenAuth::user("ann", "get-canary")).start();
    let place = Place::on(registry, &image).source(&json!({"username": "ann", "password": "get-canary"}));
    place.proxy.inject(On::get("/blobs/").skip(1).once(), Fault::StaleToken);
    place.get(&image, &json!({})).json();
}

/// What is damaged on its way is never taken, and nothing is left of it.
#[test]
fn what_is_not_what_it_should_be_is_refused() {
    let image = image();
    let blob = blob_of(&image);
    let longer = || Answer::new(200).body("application/octet-stream", vec![0; 4_000_000]);
    let cases = [
        ("another content", On::get(&blob), Fault::AlterBody(2_000_000), "digest"),
        ("another content at the start", On::get(&blob), Fault::AlterBody(700), large_layer(&image)),
        ("too long a content", On::get(&blob), Fault::Answer(longer()), "bytes"),
        ("a page of HTML for a manifest", On::get("/manifests/"), Fault::nginx(200), image.digest()),
        ("a page of HTML for a blob", On::get(&blob), Fault::nginx(200), large_layer(&image)),
        ("another manifest", On::get("/manifests/"), Fault::AlterBody(30), image.digest()),
        ("no end of redirects", On::get(&blob), Fault::EndlessRedirect, "redirect"),
        ("no end of redirects for a manifest", On::get("/manifests/"), Fault::EndlessRedirect, "redirect"),
        ("forbidden", On::get(&blob), Fault::status(403), "403"),
        ("the blob is gone", On::get(&blob), Fault::status(404), "404"),
    ];
    for (case, on, fault, expected) in cases {
        for format in FORMATS {
            let place = Place::with(&image);
            place.proxy.inject(on.clone(), fault.clone());
            let message = place.refusal(&image, &json!({"format": format}));
            assert!(message.contains(expected), "{case}, {format}: {message}");
            assert!(place.proxy.requests().len() < 60, "{case}, {format}");
        }
    }
}

#[test]
fn a_wrong_size_in_the_manifest_is_named() {
    let image = image();
    for change in [-1_i64, 1] {
        let wrong = image.clone().change_manifest(|manifest| {
            let size = manifest["layers"][1]["size"].as_i64().unwrap();
            manifest["layers"][1]["size"] = json!(size + change);
        });
        let place = Place::with(&wrong);
        for format in FORMATS {
            let message = place.refusal(&wrong, &json!({"format": format}));
            assert!(message.contains(large_layer(&image)), "{change}, {format}: {message}");
        }
    }
}

#[test]
fn what_is_no_image_is_refused_by_name() {
    let foreign = Blob::new("application/vnd.example.disk.v1", "disk");
    let unknown_layer = Builder::new().layer_blob(foreign, "sha256:0").layer(Layer::new()).build();
    let place = Place::with(&unknown_layer);
    for format in ["rootfs", "oci"] {
        let outcome = place.get(&unknown_layer, &json!({"format": format}));
        assert!(outcome.error().contains("application/vnd.example.disk.v1"), "{}", outcome.stderr);
        assert!(place.names().is_empty());
    }
    place.get(&unknown_layer, &json!({"format": "oci-layout"})).json();

    let place = Place::with(&image());
    let schema_1 = Blob::json(
        "application/vnd.docker.distribution.manifest.v1+prettyjws",
        &json!({"schemaVersion": 1, "name": "get/app", "tag": "1", "fsLayers": [], "history": [], "signatures": []}),
    );
    let answer = Answer::new(200)
        .body(&schema_1.media_type, schema_1.bytes.clone())
        .header("docker-content-digest", &schema_1.digest);
    place.proxy.inject(On::get("/manifests/"), Fault::Answer(answer));
    let version = json!({"tag": "1", "digest": schema_1.digest});
    let outcome = place.quay.get(place.folder.path(), &version, &json!({}));
    assert!(outcome.error().contains("schema 1"), "{}", outcome.stderr);
}
