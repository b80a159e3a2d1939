use serde_json::json;

use super::*;
use crate::image::media_type;

#[test]
fn what_is_not_accepted_is_converted() {
    let stage = Stage::new();
    let index = image::Index::of([stage.image.clone()]).build();
    index.push(&stage.stub, "acme/app", "all");
    let chart = image::Artifact::new("application/example").build();
    chart.push(&stage.stub, "acme/app", "chart");
    let both = format!("{}, {}", media_type::MANIFEST, media_type::INDEX);
    let digest = |reference: &str, accept: &str| {
        let (status, headers, _) = stage.registry(
            Method::GET,
            &format!("/v2/acme/app/manifests/{reference}"),
            &[("accept", accept)],
        );
        let digest = headers.get("docker-content-digest").map(|digest| digest.to_str().unwrap().to_owned());
        (status.as_u16(), digest)
    };
    assert_eq!(digest("1.0.0", &both), (200, Some(stage.image.digest().into())));
    assert_eq!(digest("all", &both), (200, Some(index.digest().into())));
    assert_eq!(
        digest("all", media_type::MANIFEST),
        (200, Some(stage.image.digest().into())),
        "the amd64 child"
    );
    assert_eq!(digest("chart", media_type::DOCKER_MANIFEST).0, 404);
    let (status, converted) = digest("1.0.0", media_type::DOCKER_MANIFEST);
    assert!(status == 200 && converted.as_deref() != Some(stage.image.digest()), "schema 1");
    assert_eq!(
        digest(index.digest(), media_type::MANIFEST),
        (200, Some(index.digest().into())),
        "never by digest"
    );
}

#[test]
fn tag_lists_have_relative_links_and_end() {
    let stage = Stage::new();
    stage.image.push_tags(&stage.stub, "acme/app", (0..105).map(|number| format!("t{number:03}")));
    let page = |path: &str| {
        let (status, headers, body) = stage.registry(Method::GET, path, &[]);
        assert_eq!(status, StatusCode::OK, "{path}");
        let list: Value = serde_json::from_slice(&body).expect("JSON");
        let next = headers.get("link").map(|link| link.to_str().unwrap().to_owned());
        (list["tags"].as_array().map_or(0, Vec::len), next)
    };
    let (count, next) = page("/v2/acme/app/tags/list?n=1000");
    let next = next.expect("a next page");
    assert!(count == 100 && next.starts_with("</v2/acme/app/tags/list?n=100&last="), "{count} {next}");
    let path = next.trim_start_matches('<').split_once('>').expect("a link").0;
    assert_eq!(page(path), (6, None));
    assert_eq!(page("/v2/acme/app/tags/list?n=0"), (0, None));
}

#[test]
fn deleting_a_manifest_ends_its_tags_and_its_signature() {
    let stage = Stage::new();
    let signature = format!("{}.sig", stage.image.digest().replace(':', "-"));
    image::Artifact::new("application/example").build().push(&stage.stub, "acme/app", &signature);
    stage.image.push(&stage.stub, "acme/app", "also");
    let path = format!("/v2/acme/app/manifests/{}", stage.image.digest());
    assert_eq!(stage.registry(Method::DELETE, &path, &[]).0, StatusCode::ACCEPTED);
    assert_eq!(Remote::from(&stage.stub).tags("acme/app"), Vec::<String>::new());
    let (status, _, body) = stage.registry(Method::GET, &path, &[]);
    assert_eq!((status, code(&body).as_str()), (StatusCode::NOT_FOUND, "MANIFEST_UNKNOWN"));
}

#[test]
fn blobs_ignore_ranges_and_uploads_have_an_odd_one() {
    let stage = Stage::new();
    let blob = &stage.image.blobs[0];
    let path = format!("/v2/acme/app/blobs/{}", blob.digest);
    let (status, _, body) = stage.registry(Method::GET, &path, &[("range", "bytes=0-9")]);
    assert_eq!((status, body.len()), (StatusCode::OK, blob.bytes.len()));
    let (status, headers, _) = stage.registry(Method::POST, "/v2/acme/app/blobs/uploads/", &[]);
    assert_eq!((status, headers["range"].to_str().unwrap()), (StatusCode::ACCEPTED, "bytes=0--1"));
    assert!(headers["location"].to_str().unwrap().starts_with(&stage.stub.url()));
}

#[test]
fn mount_needs_the_right_to_pull_from_the_source() {
    let stage = Stage::new();
    stage.stub.create_repository("acme/copy");
    let mount = |scopes: &[&str]| {
        let (name, password) = QuayStub::OWNER;
        let token = stage.registry_token(name, password, &scopes.join("&scope="));
        let blob = &stage.image.blobs[0].digest;
        let path = format!("/v2/acme/copy/blobs/uploads/?mount={blob}&from=acme/app");
        fetch(client(None).post(format!("{}{path}", stage.stub.url())).bearer_auth(token)).0
    };
    assert_eq!(mount(&["repository:acme/copy:pull,push"]), StatusCode::ACCEPTED);
    let both = ["repository:acme/copy:pull,push", "repository:acme/app:pull"];
    assert_eq!(mount(&both), StatusCode::CREATED);
}

#[test]
fn bad_manifests_are_refused() {
    let stage = Stage::new();
    let remote = Remote::from(&stage.stub);
    let broken = stage.image.clone().change_manifest(|manifest| {
        manifest["layers"][0]["digest"] =
            json!("sha256:0000000000000000000000000000000000000000000000000000000000000000");
    });
    let (status, answer) = remote.put_manifest(&broken, "acme/app", "broken");
    assert!(status == StatusCode::BAD_REQUEST && answer.contains("MANIFEST_INVALID"), "{status} {answer}");
    let large = stage.image.clone().change_manifest(|manifest| {
        manifest["annotations"]["large"] = json!("x".repeat(1024 * 1024));
    });
    let (status, answer) = remote.put_manifest(&large, "acme/app", "large");
    assert!(status == StatusCode::PAYLOAD_TOO_LARGE && answer.starts_with("<html>"), "{status} {answer}");
}

#[test]
fn referrers_are_listed_and_an_unknown_digest_is_a_bad_request() {
    let stage = Stage::new();
    let signature =
        image::Artifact::new("application/signature").subject(&stage.image).annotation("by", "ann").build();
    signature.push(&stage.stub, "acme/app", signature.digest());
    let path = format!("/v2/acme/app/referrers/{}", stage.image.digest());
    let (_, _, body) = stage.registry(Method::GET, &path, &[]);
    let index: Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!(index["manifests"][0]["digest"], signature.digest());
    assert_eq!(index["manifests"][0]["artifactType"], "application/signature");
    let (_, headers, body) = stage.registry(Method::GET, &format!("{path}?artifactType=other"), &[]);
    let index: Value = serde_json::from_slice(&body).expect("JSON");
    assert_eq!((&index["manifests"], headers.contains_key("oci-filters-applied")), (&json!([]), true));
    assert_eq!(
        stage.registry(Method::GET, "/v2/acme/app/referrers/sha256:none", &[]).0,
        StatusCode::BAD_REQUEST
    );
}

#[test]
fn limits_answer_with_a_page_and_no_time() {
    let stage = Stage::new();
    stage.stub.enforce_limits();
    let answers: Vec<_> =
        (0..8).map(|_| stage.registry(Method::GET, "/v2/acme/app/tags/list", &[])).collect();
    let refused = answers.iter().find(|(status, _, _)| *status == StatusCode::TOO_MANY_REQUESTS);
    let (_, headers, body) = refused.expect("a burst of eight is refused");
    assert!(!headers.contains_key("retry-after") && body.starts_with(b"<html>"));
}
