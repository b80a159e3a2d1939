use base64::Engine;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use serde_json::json;

use super::*;

#[test]
fn api_takes_oauth_tokens_with_the_right_scope_alone() {
    let stage = Stage::new();
    stage.stub.create_organization("other");
    let robot = stage.stub.create_robot("acme+builder", &[("acme/app", "admin")]);
    let tags = format!("{}/api/v1/repository/acme/app/tag/", stage.stub.api_url());
    let http = client(None);
    let reader = stage.stub.oauth_token("repo:read");
    let stranger = stage.stub.oauth_token_of("other", EVERYTHING);
    let cases = [
        ("nobody", http.get(&tags), 401, "invalid_token"),
        ("robot", http.get(&tags).basic_auth("acme+builder", Some(&robot)), 401, "invalid_token"),
        ("unknown", http.get(&tags).bearer_auth("unknown"), 401, "invalid_token"),
        ("reader", http.get(&tags).bearer_auth(&reader), 200, ""),
        ("other organization", http.get(&tags).bearer_auth(&stranger), 403, "insufficient_scope"),
        (
            "reader deletes",
            http.delete(format!("{tags}1.0.0")).bearer_auth(&reader),
            403,
            "insufficient_scope",
        ),
    ];
    for (case, request, status, kind) in cases {
        let (found, answer) = ask(request, None).expect("an answer");
        assert_eq!((found, answer["error_type"].as_str().unwrap_or_default()), (status, kind), "{case}");
        assert!(
            status == 200 || answer["detail"].is_string() && answer["status"] == status,
            "{case}: {answer}"
        );
    }
    let (status, headers, _) = fetch(http.get(&tags).bearer_auth("a.b.c"));
    assert_eq!(
        (status.as_u16(), headers["content-type"].to_str().unwrap()),
        (401, "text/html; charset=utf-8")
    );
    assert_eq!(stage.api_as(&stage.token, Method::GET, "repository/acme/none/tag/", None).0, 404);

    stage.stub.expire_tokens();
    assert_eq!(stage.api_as(&reader, Method::GET, "repository/acme/app/tag/", None).0, 401);
}

#[test]
fn everybody_reads_what_is_public() {
    let stage = Stage::new();
    let public = json!({"visibility": "public"});
    assert_eq!(stage.api(Method::POST, "/changevisibility", Some(&public)).0, 200);
    let tags = format!("{}/api/v1/repository/acme/app/tag/", stage.stub.api_url());
    assert_eq!(ask(client(None).get(tags), None).expect("an answer").0, 200);
    let url = format!(
        "{}/v2/auth?service={}&scope=repository:acme/app:pull,push",
        stage.stub.url(),
        stage.stub.host()
    );
    let (status, answer) = ask(client(None).get(url), None).expect("an answer");
    let claims = claims(answer["token"].as_str().expect("a token"));
    assert_eq!((status, &claims["access"][0]["actions"]), (200, &json!(["pull"])));
}

fn claims(token: &str) -> Value {
    let claims = token.split('.').nth(1).expect("three parts");
    serde_json::from_slice(&BASE64_URL_SAFE_NO_PAD.decode(claims).expect("base64")).expect("JSON")
}

#[test]
fn token_exchange_has_quays_traps() {
    let stage = Stage::new();
    let password = stage.stub.create_robot("acme+reader", &[("acme/app", "read")]);
    let exchange = |scope: &str| stage.try_registry_token("acme+reader", &password, scope);
    let (status, answer) = exchange("repository:acme/app:pull,push");
    let fields = answer.as_object().expect("an object");
    assert_eq!((status, fields.len()), (200, 1), "nothing but the token");
    let claims = claims(answer["token"].as_str().expect("a token"));
    assert_eq!(claims["access"][0]["actions"], json!(["pull"]), "fewer actions");
    assert_eq!(claims["exp"].as_i64(), claims["iat"].as_i64().map(|start| start + 3600));
    for scope in
        ["registry:catalog:*", "repository:acme/app:delete", "repository:acme/app:pull%20repository:b:pull"]
    {
        assert_eq!(exchange(scope).0, 400, "{scope}");
    }
    let (status, answer) = stage.try_registry_token("acme+reader", "wrong", "repository:acme/app:pull");
    assert!(status == 401 && answer.to_string().contains("acme+reader"), "{status} {answer}");
    let post = client(None).post(format!("{}/v2/auth", stage.stub.url()));
    assert_eq!(fetch(post).0, StatusCode::METHOD_NOT_ALLOWED);

    let reader = stage.registry_token("acme+reader", &password, "repository:acme/app:pull");
    let upload = client(None).post(format!("{}/v2/acme/app/blobs/uploads/", stage.stub.url()));
    let (status, headers, _) = fetch(upload.bearer_auth(&reader));
    let challenge = headers["www-authenticate"].to_str().expect("text");
    assert_eq!(status, StatusCode::UNAUTHORIZED, "never 403");
    assert!(challenge.ends_with(r#"scope="repository:acme/app:pull,push""#), "{challenge}");

    let absent = stage.registry_token("acme+reader", &password, "repository:acme/absent:pull");
    let tags = client(None).get(format!("{}/v2/acme/absent/tags/list", stage.stub.url()));
    assert_eq!(fetch(tags.bearer_auth(absent)).0, StatusCode::UNAUTHORIZED, "absent looks denied");
}

#[test]
fn token_for_another_service_is_refused() {
    let stage = Stage::new();
    let (name, password) = QuayStub::OWNER;
    let url = format!("{}/v2/auth?service=other&scope=repository:acme/app:pull", stage.stub.url());
    let (status, answer) =
        ask(client(None).get(url).basic_auth(name, Some(password)), None).expect("an answer");
    assert_eq!(status, 200);
    let tags = client(None).get(format!("{}/v2/acme/app/tags/list", stage.stub.url()));
    let refused = fetch(tags.bearer_auth(answer["token"].as_str().expect("a token")));
    assert_eq!(refused.0, StatusCode::UNAUTHORIZED);
}

#[test]
fn asking_for_push_creates_the_repository_where_the_robot_may() {
    let stage = Stage::new();
    let password = stage.stub.create_robot("acme+maker", &[]);
    stage.registry_token("acme+maker", &password, "repository:acme/fresh:pull,push");
    assert!(stage.stub.repository("acme/fresh").is_none(), "it may not");
    stage.stub.create_team("acme", "creators", &["acme+maker"]);
    stage.registry_token("acme+maker", &password, "repository:acme/fresh:pull");
    assert!(stage.stub.repository("acme/fresh").is_none(), "pull alone creates nothing");
    stage.registry_token("acme+maker", &password, "repository:acme/fresh:pull,push");
    assert!(stage.stub.repository("acme/fresh").is_some());
}

#[test]
fn other_logins_are_tokens_of_the_owner() {
    let stage = Stage::new();
    let app = stage.stub.app_token();
    for (name, password) in [("$oauthtoken", &stage.token), ("$app", &app)] {
        assert_eq!(stage.try_registry_token(name, password, "repository:acme/app:pull").0, 200, "{name}");
        assert_eq!(stage.try_registry_token(name, "wrong", "repository:acme/app:pull").0, 401, "{name}");
    }
}

#[test]
fn robot_may_ask_for_scans_alone() {
    let stage = Stage::new();
    let password = stage.stub.create_robot("acme+reader", &[("acme/app", "read")]);
    stage.stub.create_robot("acme+stranger", &[]);
    let path = format!("repository/acme/app/manifest/{}/security", stage.image.digest());
    let request = |password: &str| {
        let request = client(None).get(format!("{}/api/v1/{path}", stage.stub.api_url()));
        ask(request.basic_auth("acme+reader", Some(password)), None).expect("an answer").0
    };
    assert_eq!((request(&password), request("wrong")), (200, 401));
}

/// A token of another issuer, with a signature that nobody checks.
fn foreign_token(issuer: &str, subject: &str, end: i64) -> String {
    let header = json!({"alg": "RS256", "kid": "key"});
    let claims = json!({"iss": issuer, "sub": subject, "iat": end - 60, "exp": end, "aud": "any"});
    [header, claims, json!("signature")].map(|part| BASE64_URL_SAFE_NO_PAD.encode(part.to_string())).join(".")
}

#[test]
fn federated_robot_gets_a_password_for_an_hour() {
    let stage = Stage::new();
    stage.stub.create_robot("acme+federated", &[("acme/app", "read")]);
    let config = "organization/acme/robots/federated/federation";
    let entry =
        json!([{"issuer": "https://ci.example.test", "subject": "team/pipeline", "audience": "dropped"}]);
    let (status, kept) = stage.api_as(&stage.token, Method::POST, config, Some(&entry));
    assert_eq!(
        (status, kept),
        (200, json!([{"issuer": "https://ci.example.test", "subject": "team/pipeline"}]))
    );

    let exchange = |token: &str| {
        let url = format!("{}/oauth2/federation/robot/token", stage.stub.api_url());
        ask(client(None).get(url).basic_auth("acme+federated", Some(token)), None).expect("an answer")
    };
    let end = stage.stub.now() + 600;
    let (status, answer) = exchange(&foreign_token("https://ci.example.test", "team/pipeline", end));
    assert_eq!(status, 200, "{answer}");
    let cases = [
        ("wrong subject", foreign_token("https://ci.example.test", "team/other", end), 400),
        ("expired", foreign_token("https://ci.example.test", "team/pipeline", end - 1200), 400),
        ("plain http", foreign_token("http://ci.example.test", "team/pipeline", end), 400),
        ("rubbish", "rubbish".to_owned(), 500),
    ];
    for (case, token, expected) in cases {
        assert_eq!(exchange(&token).0, expected, "{case}");
    }
    let password = answer["token"].as_str().expect("a password");
    let login = || stage.try_registry_token("acme+federated", password, "repository:acme/app:pull").0;
    assert_eq!(login(), 200);
    stage.stub.advance(Duration::from_secs(3601));
    assert_eq!(login(), 401);
}

#[test]
fn api_may_have_a_prefix_a_host_of_its_own_and_tls() {
    let stub = QuayStub::builder().tls().prefix("/quay").own_api_host().start();
    image("tls").push(&stub, "acme/app", "1.0.0");
    assert!(stub.api_url().ends_with("/quay") && !stub.api_url().starts_with(&stub.url()));
    let token = stub.oauth_token("repo:read");
    let http = client(stub.ca_pem().as_deref());
    let tags = |url: &str| {
        let request = http.get(format!("{url}/api/v1/repository/acme/app/tag/")).bearer_auth(&token);
        ask(request, None).expect("an answer").0
    };
    assert_eq!((tags(&stub.api_url()), tags(&stub.url())), (200, 404));
}
