use std::io::{Read, Write};
use std::net::TcpListener;

use serde_json::json;

use super::*;

#[test]
fn repositories_are_made_described_and_deleted() {
    let stage = Stage::new();
    let create = |body: Value| stage.api_as(&stage.token, Method::POST, "repository", Some(&body));
    let new =
        json!({"namespace": "acme", "repository": "new", "visibility": "private", "description": "first"});
    assert_eq!(create(new.clone()).0, 201);
    let (status, answer) = create(new);
    assert_eq!((status, &answer["detail"]), (400, &json!("Repository already exists")));
    let bad = json!({"namespace": "acme", "repository": "new2", "visibility": "secret", "description": ""});
    assert_eq!(create(bad).0, 400);
    let described = json!({"description": "second"});
    assert_eq!(stage.api_as(&stage.token, Method::PUT, "repository/acme/new", Some(&described)).0, 200);
    let (_, shown) = stage.api_as(&stage.token, Method::GET, "repository/acme/new", None);
    assert_eq!((&shown["description"], &shown["is_public"]), (&json!("second"), &json!(false)));
    assert_eq!(shown["tag_expiration_s"], 14 * 86_400);
    assert_eq!(stage.api_as(&stage.token, Method::DELETE, "repository/acme/new", None).0, 204);
    assert!(stage.stub.repository("acme/new").is_none());
}

#[test]
fn permissions_are_for_known_robots_and_teams() {
    let stage = Stage::new();
    stage.stub.create_robot("acme+builder", &[]);
    stage.stub.create_team("acme", "developers", &[]);
    let set = |path: &str, role: &str| {
        stage.api(Method::PUT, &format!("/permissions/{path}"), Some(&json!({"role": role}))).0
    };
    assert_eq!((set("user/acme+builder", "write"), set("team/developers", "read")), (200, 200));
    assert_eq!((set("user/acme+nobody", "write"), set("team/nobody", "read")), (400, 400));
    assert_eq!(set("team/developers", "owner"), 400);
    let users = stage.get("/permissions/user/");
    assert_eq!(users["permissions"]["acme+builder"]["role"], "write");
    assert_eq!(users["permissions"]["acme+builder"]["is_robot"], true);
    assert_eq!(stage.api(Method::DELETE, "/permissions/team/developers", None).0, 204);
    assert_eq!(stage.get("/permissions/team/")["permissions"], json!({}));
}

#[test]
fn prototypes_give_roles_in_new_repositories() {
    let stage = Stage::new();
    stage.stub.create_robot("acme+builder", &[]);
    let path = "organization/acme/prototypes";
    let new = json!({"role": "write", "delegate": {"kind": "user", "name": "acme+builder"}});
    let (status, made) = stage.api_as(&stage.token, Method::POST, path, Some(&new));
    assert_eq!((status, &made["delegate"]["is_robot"]), (200, &json!(true)));
    stage.stub.create_repository("acme/later");
    let later = stage.stub.repository("acme/later").expect("a repository");
    assert_eq!(later.users.get("acme+builder").map(String::as_str), Some("write"));
    let one = format!("{path}/{}", made["id"].as_str().expect("an id"));
    assert_eq!(
        stage.api_as(&stage.token, Method::PUT, &one, Some(&json!({"role": "read"}))).1["role"],
        "read"
    );
    assert_eq!(stage.api_as(&stage.token, Method::DELETE, &one, None).0, 204);
    let reader = stage.stub.oauth_token("repo:admin");
    assert_eq!(stage.api_as(&reader, Method::GET, path, None).0, 403, "needs org:admin");
}

#[test]
fn webhooks_are_checked_and_sent_for_pushed_tags() {
    let stage = Stage::new();
    let listener = TcpListener::bind("127.0.0.1:0").expect("a free port");
    let url = format!("http://{}/check?webhook_token=t", listener.local_addr().expect("its address"));
    let create = |config: Value| {
        let body = json!({"event": "repo_push", "method": "webhook", "config": config, "eventConfig": {}, "title": "ci"});
        stage.api(Method::POST, "/notification/", Some(&body))
    };
    assert_eq!((create(json!({})).0, create(json!({"url": "ftp://x"})).0), (400, 400));
    let (status, made) = create(json!({"url": url}));
    assert_eq!((status, &made["number_of_failures"]), (201, &json!(0)));

    stage.image.push(&stage.stub, "acme/app", "3.0.0");
    let (mut connection, _) = listener.accept().expect("a webhook");
    let mut request = String::new();
    while !request.ends_with('}') {
        let mut chunk = [0; 4096];
        let count = connection.read(&mut chunk).expect("a request");
        request.push_str(std::str::from_utf8(&chunk[..count]).expect("text"));
    }
    connection.write_all(b"HTTP/1.1 200 OK\r\ncontent-length: 0\r\n\r\n").expect("an answer");
    assert!(
        request.starts_with("POST /check?webhook_token=t ") && !request.contains("authorization"),
        "{request}"
    );
    assert!(
        request.contains(r#""updated_tags":["3.0.0"]"#) && request.contains(r#""namespace":"acme""#),
        "{request}"
    );

    let one = format!("/notification/{}", made["uuid"].as_str().expect("an id"));
    assert_eq!(stage.get("/notification/")["notifications"][0]["event"], "repo_push");
    assert_eq!(stage.api(Method::DELETE, &one, None).0, 204);
    assert_eq!(stage.api(Method::DELETE, &one, None).0, 400);
}

#[test]
fn prune_policies_are_checked_changed_and_deleted() {
    let stage = Stage::new();
    let path = "/autoprunepolicy/";
    let policy = json!({"method": "number_of_tags", "value": 10, "tagPattern": "^v"});
    let (status, made) = stage.api(Method::POST, path, Some(&policy));
    assert_eq!(status, 201);
    let cases = [
        ("again", policy),
        ("method", json!({"method": "age", "value": 1})),
        ("count", json!({"method": "number_of_tags", "value": "7d"})),
        ("time", json!({"method": "creation_date", "value": "soon"})),
        ("nothing", json!({"method": "creation_date"})),
    ];
    for (case, body) in cases {
        assert_eq!(stage.api(Method::POST, path, Some(&body)).0, 400, "{case}");
    }
    let one = format!("{path}{}", made["uuid"].as_str().expect("an id"));
    let changed = json!({"method": "creation_date", "value": "7d"});
    assert_eq!(stage.api(Method::PUT, &one, Some(&changed)).0, 204);
    let listed = stage.get(path);
    assert_eq!(
        (&listed["policies"][0]["value"], &listed["policies"][0]["tagPatternMatches"]),
        (&json!("7d"), &json!(true))
    );
    assert_eq!(stage.api(Method::DELETE, &one, None).0, 200);
    assert_eq!(stage.get(path)["policies"], json!([]));
}

#[test]
fn mirror_is_configured_and_closes_the_repository() {
    let stage = Stage::new();
    stage.stub.create_robot("acme+mirror", &[("acme/app", "write")]);
    let mirror = json!({
        "external_reference": "registry.example.test/up/stream", "sync_interval": 86_400,
        "sync_start_date": "2026-01-31T00:00:00Z", "skopeo_timeout_interval": 300, "robot_username": "acme+mirror",
        "root_rule": {"rule_kind": "tag_glob_csv", "rule_value": ["v*"]},
        "external_registry_username": "ann", "external_registry_password": "hers",
    });
    let with = |key: &str, value: Value| {
        let mut body = mirror.clone();
        body[key] = value;
        stage.api(Method::POST, "/mirror", Some(&body)).0
    };
    assert_eq!(stage.api(Method::GET, "/mirror", None).0, 404);
    assert_eq!(with("skopeo_timeout_interval", json!(10)), 400);
    assert_eq!(with("sync_start_date", json!("tomorrow")), 400);
    assert_eq!(with("robot_username", json!("acme+nobody")), 400);
    assert_eq!(with("is_enabled", json!(true)), 201);
    assert_eq!(with("is_enabled", json!(true)), 409);
    let shown = stage.get("/mirror");
    assert_eq!((&shown["sync_status"], shown.get("external_registry_password")), (&json!("NEVER_RUN"), None));
    assert_eq!(stage.api(Method::PUT, "/mirror", Some(&json!({"sync_interval": 60}))).0, 201);
    assert_eq!(stage.get("/mirror")["sync_interval"], 60);
    assert_eq!(stage.api(Method::POST, "/mirror/sync-now", None).0, 204);

    assert_eq!(stage.api(Method::PUT, "/changestate", Some(&json!({"state": "MIRROR"}))).0, 200);
    assert_eq!(stage.api(Method::DELETE, "/tag/1.0.0", None).0, 503);
    let (status, _) = Remote::from(&stage.stub).put_manifest(&stage.image, "acme/app", "2.0.0");
    assert_eq!(status, StatusCode::UNAUTHORIZED, "only the mirror's robot pushes");
}

#[test]
fn bodies_must_be_json() {
    let stage = Stage::new();
    let url = format!("{}/api/v1/repository/acme/app/tag/1.0.0", stage.stub.api_url());
    let put = |media_type: &'static str, body: &'static str| {
        let request =
            client(None).put(&url).bearer_auth(&stage.token).header("content-type", media_type).body(body);
        fetch(request).0.as_u16()
    };
    assert_eq!(put("text/plain", "{}"), 415);
    assert_eq!(put("application/json", "{"), 400);
    assert_eq!(put("application/json", "null"), 400);
    assert_eq!(put("application/json", r#"{"expiration": "tomorrow"}"#), 400);
}
