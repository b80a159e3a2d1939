use serde_json::json;

use super::*;

fn names(page: &Value) -> Vec<&str> {
    page["tags"].as_array().into_iter().flatten().filter_map(|tag| tag["name"].as_str()).collect()
}

fn end(stage: &Stage, tag: &str) -> Option<i64> {
    stage.get(&format!("/tag/?specificTag={tag}&onlyActiveTags=true"))["tags"][0]["end_ts"].as_i64()
}

#[test]
fn pages_have_at_most_a_hundred_rows_newest_first() {
    let stage = Stage::new();
    stage.image.push_tags(&stage.stub, "acme/app", (0..120).map(|number| format!("2.0.{number}")));
    let first = stage.get("/tag/?limit=1000");
    assert_eq!(
        (names(&first).len(), &first["page"], &first["has_additional"]),
        (100, &json!(1), &json!(true))
    );
    let second = stage.get("/tag/?limit=100&page=2");
    assert_eq!((names(&second).len(), &second["has_additional"]), (21, &json!(false)));
    assert_eq!(names(&second).last(), Some(&"1.0.0"));
    assert_eq!(names(&stage.get("/tag/?limit=100&filter_tag_name=like:0.11")).len(), 11);
    assert_eq!(names(&stage.get("/tag/?filter_tag_name=eq:2.0.11")), ["2.0.11"]);
    assert_eq!(stage.api(Method::GET, "/tag/?filter_tag_name=2.0", None).0, 400);
}

#[test]
fn row_of_an_image_and_of_an_index_have_their_fields() {
    let stage = Stage::new();
    let row = &stage.get("/tag/")["tags"][0];
    assert_eq!(row["manifest_digest"], stage.image.digest());
    assert_eq!((&row["is_manifest_list"], &row["reversion"]), (&json!(false), &json!(false)));
    assert_eq!(row["size"], stage.image.blobs[0].bytes.len());
    assert!(row["last_modified"].as_str().is_some_and(|date| date.ends_with(" -0000")), "{row}");
    assert!(row.get("end_ts").is_none() && row.get("expiration").is_none() && row.get("immutable").is_none());

    image::Index::of([stage.image.clone()]).build().push(&stage.stub, "acme/app", "all");
    let row = &stage.get("/tag/?specificTag=all")["tags"][0];
    assert_eq!((&row["is_manifest_list"], &row["size"]), (&json!(true), &Value::Null));
    assert_eq!((&row["child_manifest_count"], &row["is_sparse"]), (&json!(1), &json!(false)));
}

#[test]
fn expiry_is_clamped_and_dropped_by_the_next_push() {
    let stage = Stage::new();
    let now = stage.stub.now();
    let set =
        |expiration: Value| stage.api(Method::PUT, "/tag/1.0.0", Some(&json!({"expiration": expiration}))).0;
    assert_eq!(set(json!(now + 10)), 201);
    let start = stage.get("/tag/")["tags"][0]["start_ts"].as_i64().expect("a start");
    assert_eq!(end(&stage, "1.0.0"), Some(start + 3600), "an hour at least");
    assert_eq!(set(json!(now + 1_000_000_000)), 201);
    assert_eq!(end(&stage, "1.0.0"), Some(start + 104 * 7 * 86_400), "104 weeks at most");
    assert_eq!(set(json!(now - 10)), 400, "the past");
    assert_eq!(set(Value::Null), 201);
    assert_eq!(end(&stage, "1.0.0"), None);

    set(json!(now + 86_400));
    stage.image.push(&stage.stub, "acme/app", "1.0.0");
    assert_eq!(end(&stage, "1.0.0"), None, "the same digest again drops it");
    assert_eq!(names(&stage.get("/tag/?specificTag=1.0.0")).len(), 2, "and adds a row");
    assert_eq!(stage.api(Method::PUT, "/tag/none", Some(&json!({"expiration": null}))).0, 404);
}

#[test]
fn expiry_comes_from_label_and_annotation_and_tags_end() {
    let stage = Stage::new();
    let layer = || image::Layer::new().file("a", "b");
    let label = image::Builder::new().layer(layer()).label("quay.expires-after", "2h").build();
    let annotation = image::Builder::new().layer(layer()).annotation("quay.expires-after", "1d").build();
    let bad = image::Builder::new().layer(layer()).label("quay.expires-after", "soon").build();
    for (tag, image, expected) in
        [("label", &label, Some(7200)), ("annotation", &annotation, Some(86_400)), ("bad", &bad, None)]
    {
        image.push(&stage.stub, "acme/app", tag);
        let start = stage.get(&format!("/tag/?specificTag={tag}"))["tags"][0]["start_ts"].as_i64();
        assert_eq!(end(&stage, tag), expected.and_then(|seconds: i64| Some(start? + seconds)), "{tag}");
    }
    stage.stub.advance(Duration::from_secs(7201));
    let path = "/v2/acme/app/manifests/label";
    let (status, _, body) = stage.registry(Method::GET, path, &[("accept", image::media_type::MANIFEST)]);
    assert_eq!((status, code(&body).as_str()), (StatusCode::NOT_FOUND, "TAG_EXPIRED"));
    assert!(!names(&stage.get("/tag/?onlyActiveTags=true")).contains(&"label"));
    assert!(names(&stage.get("/tag/")).contains(&"label"), "dead history stays");
}

#[test]
fn tags_move_are_deleted_and_restored() {
    let stage = Stage::new();
    let second = image("second");
    second.push(&stage.stub, "acme/app", "2.0.0");
    let point = |tag: &str, digest: &str| {
        stage.api(Method::PUT, &format!("/tag/{tag}"), Some(&json!({"manifest_digest": digest})))
    };
    assert_eq!(point("new", second.digest()), (201, json!("Updated")));
    assert_eq!(point("new", "sha256:none").0, 404);
    assert_eq!(point("-bad", second.digest()).0, 400);
    assert_eq!(stage.api(Method::DELETE, "/tag/new", None).0, 204);
    assert_eq!(stage.api(Method::DELETE, "/tag/new", None).0, 404);

    let restore = |digest: &str| {
        stage.api(Method::POST, "/tag/1.0.0/restore", Some(&json!({"manifest_digest": digest})))
    };
    point("1.0.0", second.digest());
    assert_eq!(restore(stage.image.digest()), (200, json!({})));
    let live = stage.get("/tag/?specificTag=1.0.0&onlyActiveTags=true");
    assert_eq!(live["tags"][0]["manifest_digest"], stage.image.digest());
    assert_eq!(live["tags"][0]["reversion"], true);
    point("1.0.0", second.digest());
    stage.stub.advance(Duration::from_secs(14 * 86_400 + 1));
    assert_eq!(restore(stage.image.digest()).0, 404, "out of the window");
    assert_eq!(stage.api(Method::POST, "/tag/1.0.0/restore", Some(&json!({}))).0, 400);
}

#[test]
fn immutable_tags_refuse_everything() {
    let stage = Stage::of(QuayStub::builder().immutable_tags().start());
    let (writer, set) = (stage.stub.oauth_token("repo:write"), json!({"immutable": true}));
    let change = |token: &str, body: &Value| {
        stage.api_as(token, Method::PUT, "repository/acme/app/tag/1.0.0", Some(body)).0
    };
    assert_eq!(change(&writer, &set), 201);
    assert_eq!(stage.get("/tag/")["tags"][0]["immutable"], true);
    assert_eq!(change(&writer, &json!({"expiration": stage.stub.now() + 86_400})), 400);
    let (status, answer) = stage.api(Method::DELETE, "/tag/1.0.0", None);
    assert_eq!((status, &answer["error_type"]), (409, &json!("tag_immutable")));
    let moved = json!({"manifest_digest": stage.image.digest()});
    assert_eq!(change(&writer, &moved), 409);
    let path = format!("/v2/acme/app/manifests/{}", stage.image.digest());
    assert_eq!(stage.registry(Method::DELETE, &path, &[]).0, StatusCode::CONFLICT);

    let remote = Remote::from(&stage.stub);
    let (status, code) = remote.put_manifest(&stage.image, "acme/app", "1.0.0");
    assert_eq!(
        (status, code.contains("TAG_IMMUTABLE")),
        (StatusCode::CONFLICT, true),
        "also the same digest"
    );
    assert_eq!(change(&writer, &json!({"immutable": false})), 403, "off needs admin");
    assert_eq!(change(&stage.token, &json!({"immutable": false})), 201);

    let policy = json!({"tagPattern": "^v", "tagPatternMatches": true});
    assert_eq!(stage.api(Method::POST, "/immutabilitypolicy/", Some(&policy)).0, 201);
    stage.image.push(&stage.stub, "acme/app", "v1");
    assert_eq!(stage.api(Method::DELETE, "/tag/v1", None).0, 409);

    let label = |stub: &QuayStub| {
        let image =
            image::Builder::new().label("quay.immutable", "true").label("quay.expires-after", "1h").build();
        image.push(stub, "acme/app", "label");
        let row = stub.repository("acme/app").and_then(|found| found.live("label", stub.now()).cloned());
        row.map(|row| (row.immutable, row.end.is_none()))
    };
    assert_eq!(label(&stage.stub), Some((true, true)), "the label too, and it wins over expiry");
    assert_eq!(label(&QuayStub::start()), Some((false, false)), "not where the feature is off");
}

#[test]
fn page_changes_while_it_is_read() {
    let stage = Stage::new();
    for tag in ["a", "b", "c"] {
        stage.image.push(&stage.stub, "acme/app", tag);
    }
    let digest = stage.image.digest().to_owned();
    stage.stub.after_page("acme/app", 1, move |repository, now| repository.point("late", &digest, now));
    let first = stage.get("/tag/?limit=2");
    let second = stage.get("/tag/?limit=2&page=2");
    assert_eq!((names(&first), names(&second)), (vec!["c", "b"], vec!["b", "a"]), "everything moved by one");
}

#[test]
fn scans_follow_the_tests_script() {
    let stage = Stage::new();
    let digest = stage.image.digest();
    let path = format!("/manifest/{digest}/security?vulnerabilities=true");
    assert_eq!(stage.get(&path), json!({"status": "queued", "data": null}));
    let finding =
        Finding::new("CVE-2026-0001", "Critical", "busybox", "1.36.1-r0").fixed_by("1.36.1-r1").score(9.8);
    stage.stub.script_scan("acme/app", digest, [Scan::Queued, Scan::Scanned(vec![finding]), Scan::Down]);
    assert_eq!(stage.get(&path)["status"], "queued");
    let report = stage.get(&path);
    let feature = &report["data"]["Layer"]["Features"][0];
    assert_eq!((&report["status"], &feature["Name"]), (&json!("scanned"), &json!("busybox")));
    assert_eq!(feature["Vulnerabilities"][0]["FixedBy"], "1.36.1-r1");
    assert_eq!(feature["Vulnerabilities"][0]["Metadata"]["NVD"]["CVSSv3"]["Score"], 9.8);
    assert_eq!(stage.api(Method::GET, &path, None).0, 520, "the last one stays");
    assert_eq!(stage.api(Method::GET, &path, None).0, 520);

    let index = image::Index::of([stage.image.clone()]).build();
    index.push(&stage.stub, "acme/app", "all");
    assert_eq!(stage.get(&format!("/manifest/{}/security", index.digest()))["status"], "unsupported");
}

#[test]
fn labels_are_added_listed_and_deleted() {
    let stage = Stage::new();
    let path = format!("/manifest/{}/labels", stage.image.digest());
    let add = |key: &str, media_type: Value| {
        stage.api(Method::POST, &path, Some(&json!({"key": key, "value": "yes", "media_type": media_type})))
    };
    let (status, added) = add("tested", json!("text/plain"));
    assert_eq!((status, &added["label"]["source_type"]), (201, &json!("api")));
    add("tested", Value::Null);
    let labels = stage.get(&format!("{path}?filter=test"))["labels"].as_array().map(Vec::len);
    assert_eq!(labels, Some(2), "keys may repeat");
    for (case, key) in
        [("reserved", "quay.expires-after"), ("reserved", "org.opencontainers.x"), ("form", "A b")]
    {
        assert_eq!(add(key, Value::Null).0, 400, "{case}: {key}");
    }
    assert_eq!(add("x", json!("text/html")).0, 400);
    assert_eq!(stage.api(Method::POST, &path, Some(&json!({"key": "x", "value": "y"}))).0, 400, "all three");
    assert_eq!(stage.api(Method::GET, "/manifest/1.0.0/labels", None).0, 404, "not by a tag's name");

    let delete =
        |id: &Value| stage.api(Method::DELETE, &format!("{path}/{}", id.as_str().expect("an id")), None).0;
    assert_eq!(delete(&added["label"]["id"]), 204);
    let of_image = stage.get(&format!("{path}?filter=team"))["labels"][0]["id"].clone();
    assert_eq!(delete(&of_image), 400, "it came with the manifest");
}
