//! Who asks, and where.

use acceptance::{Outcome, Resource};
use base64::Engine as _;
use base64::prelude::BASE64_URL_SAFE_NO_PAD;
use http::Method;
use serde_json::{Value, json};
use stack::quay_stub::QuayStub;
use stack::{Fault, FaultProxy, On};

use crate::place::{EVERYTHING, Place, REPOSITORY, image, scanned, shown, version};

fn source(stub: &QuayStub, fields: &Value) -> Resource {
    let mut source = json!({"repository": format!("{}/{REPOSITORY}", stub.host()), "tag": "v1"});
    for (name, value) in fields.as_object().unwrap() {
        source[name] = value.clone();
    }
    Resource::new("quay-image", source)
}

/// A get that has to be allowed to read the scan.
fn judged(resource: &Resource) -> Outcome {
    let folder = stack::Folder::new("access");
    let params = json!({"scan": {"tolerate": "high"}, "skip_download": true});
    resource.get(folder.path(), &version("a", "v1"), &params)
}

fn stage(stub: &QuayStub) {
    image("a").push(stub, REPOSITORY, "v1");
    stub.set_scan(REPOSITORY, image("a").digest(), scanned("High"));
}

#[test]
fn every_kind_of_credentials_reads_tags_and_scans() {
    let stub = QuayStub::start();
    stage(&stub);
    let robot = stub.create_robot("acme+ci", &[(REPOSITORY, "read")]);
    let cases = [
        ("a token", json!({"quay": {"token": stub.oauth_token("repo:read")}})),
        (
            "a token as the registry's password",
            json!({"quay": {}, "username": "$oauthtoken", "password": stub.oauth_token("repo:read")}),
        ),
        ("a robot", json!({"quay": {}, "username": "acme+ci", "password": robot})),
        ("an application's token", json!({"quay": {}, "username": "$app", "password": stub.app_token()})),
        (
            "a robot with a token",
            json!({"quay": {"token": stub.oauth_token("repo:read")}, "username": "acme+ci", "password": robot}),
        ),
    ];
    for (case, fields) in cases {
        let resource = source(&stub, &fields);
        assert_eq!(shown(&resource.check(None).json()), "a=v1", "{case}");
        let outcome = judged(&resource);
        assert!(outcome.succeeded && outcome.stderr.contains("1 high"), "{case}: {}", outcome.stderr);
    }
}

/// A token as an issuer would sign it; the stub does not look at signatures.
fn oidc_token(claims: &Value) -> String {
    let encode = |value: &Value| BASE64_URL_SAFE_NO_PAD.encode(value.to_string());
    let header = json!({"alg": "RS256", "kid": "key-1"});
    format!("{}.{}.{}", encode(&header), encode(claims), BASE64_URL_SAFE_NO_PAD.encode("signature"))
}

#[test]
fn a_federated_robot_needs_no_password() {
    let stub = QuayStub::start();
    stage(&stub);
    stub.create_robot("acme+ci", &[(REPOSITORY, "read")]);
    let issuer = "https://concourse.example.com";
    stub.federate("acme+ci", issuer, "main/release");
    let (now, proxy) = (stub.now(), FaultProxy::in_front_of(&stub));
    let claims = |subject: &str, end: i64| json!({"iss": issuer, "sub": subject, "iat": now, "exp": end});
    let with = |token: &str| {
        let federation = json!({"robot": "acme+ci", "token": token});
        source(&stub, &json!({"quay": {"url": proxy.url(), "federation": federation}}))
    };
    let good = with(&oidc_token(&claims("main/release", now + 600)));
    assert_eq!(shown(&good.check(None).json()), "a=v1");
    proxy.forget_requests();
    let outcome = judged(&good);
    assert!(outcome.succeeded, "{}", outcome.stderr);
    let is_exchange =
        |request: &&stack::fault_proxy::Recorded| request.path == "/oauth2/federation/robot/token";
    assert_eq!(proxy.requests().iter().filter(is_exchange).count(), 1, "once per step");

    let cases = [
        ("another subject", oidc_token(&claims("main/other", now + 600)), "federated identity"),
        ("ended", oidc_token(&claims("main/release", now - 1)), "Signature has expired"),
        ("rubbish", "no.jwt.at-all".into(), "500"),
    ];
    for (case, token, expected) in cases {
        let outcome = with(&token).check(None);
        assert!(outcome.error().contains(expected), "{case}: {}", outcome.stderr);
        assert!(outcome.stderr.contains("acme+ci") && !outcome.stderr.contains(&token), "{case}");
    }
    let mut both = good;
    both.source["username"] = json!("acme+ci");
    both.source["password"] = json!("x");
    assert!(both.check(None).error().contains("leave both out"));
}

#[test]
fn the_api_may_have_a_prefix_a_host_of_its_own_and_a_private_authority() {
    let builders = [
        ("a prefix", QuayStub::builder().prefix("/quay")),
        ("a host of its own", QuayStub::builder().own_api_host()),
        ("both, and TLS", QuayStub::builder().own_api_host().prefix("/a/b").tls()),
    ];
    for (case, builder) in builders {
        let stub = builder.start();
        stage(&stub);
        let mut fields = json!({"quay": {"url": stub.api_url(), "token": stub.oauth_token("repo:read")}});
        if let Some(pem) = stub.ca_pem() {
            fields["ca_certs"] = json!([pem]);
        }
        let mut resource = source(&stub, &fields);
        let outcome = resource.check(None);
        assert_eq!(shown(&outcome.json()), "a=v1", "{case}");
        assert!(!outcome.stderr.contains("asking the registry"), "{case}: {}", outcome.stderr);
        let outcome = judged(&resource);
        assert!(outcome.succeeded, "{case}: {}", outcome.stderr);
        if stub.ca_pem().is_some() {
            resource.source["ca_certs"] = json!([]);
            assert!(judged(&resource).error().contains("ca_certs"), "{case}");
        }
    }
}

#[test]
fn without_a_block_quay_is_no_other_registry() {
    let place = Place::new();
    place.push("a=v1");
    let token = place.stub.oauth_token(EVERYTHING);
    let mut quay = place.quay.clone();
    quay.source.as_object_mut().unwrap().remove("quay");
    quay.source["username"] = json!("$oauthtoken");
    quay.source["password"] = json!(token);
    quay.source["tag"] = json!("v1");
    assert_eq!(shown(&quay.check(None).json()), "a=v1");
    let folder = stack::Folder::new("plain");
    assert!(quay.get(folder.path(), &version("a", "v1"), &json!({})).succeeded);
    assert_eq!(place.asked(), Vec::<String>::new());
}

#[test]
fn where_the_api_refuses_check_asks_the_registry_and_says_so() {
    let page = || Fault::nginx(403);
    let cases: [(&str, Option<Fault>, &str); 5] = [
        ("an unknown token", None, "Requires authentication"),
        ("what looks like a JWT", None, "Token does not contain issuer"),
        ("a page of a proxy", Some(page()), "a web page"),
        ("a page with 200", Some(Fault::Answer(stack::fault_proxy::Answer::nginx(200))), "web page"),
        ("no answer at all", Some(Fault::status(404)), "404"),
    ];
    for (case, fault, expected) in cases {
        let place = Place::new().with(&json!({"tag": "v1"}));
        place.push("a=v1");
        let mut quay = place.quay.clone();
        quay.source["username"] = json!("$oauthtoken");
        quay.source["password"] = place.quay.source["quay"]["token"].clone();
        match fault {
            Some(fault) => place.proxy.inject(On::path("/api/v1/"), fault),
            None if case.contains("JWT") => quay.source["quay"]["token"] = json!("looks.like.jwt-canary"),
            None => quay.source["quay"]["token"] = json!("oauthunknown"),
        }
        let outcome = quay.check(None);
        assert_eq!(shown(&outcome.json()), "a=v1", "{case}");
        let line = outcome.stderr.lines().find(|line| line.ends_with("asking the registry instead"));
        assert!(line.is_some_and(|line| line.contains(expected)), "{case}: {}", outcome.stderr);
    }
}

#[test]
fn a_missing_scope_is_named() {
    let mut place = Place::new();
    place.push("a=v1");
    place.layout("image", &image("b"));
    let push = |extra: Value| {
        let mut params = json!({"image": "image", "version": "1.0.0"});
        params.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        params
    };
    let cases = [
        ("repo:create", push(json!({"tag_expiry": "2w"})), "repo:read"),
        ("repo:read", push(json!({"tag_expiry": "2w"})), "repo:write"),
        ("repo:read", push(json!({"quay_labels": {"team": "a"}})), "repo:write"),
        ("repo:read", push(json!({"delete_tags": {"tag_regex": "^pr-"}})), "repo:write"),
        ("repo:read", json!({"action": "restore", "restore": {"tag": "v1"}}), "repo:write"),
        (
            "repo:write",
            json!({"action": "ensure-repository", "settings": {"users": {"ann": "read"}}}),
            "repo:admin",
        ),
    ];
    let (robot, before) = (place.stub.create_robot("acme+ci", &[(REPOSITORY, "write")]), place.tags());
    image("b").push(&place.stub, REPOSITORY, "v1");
    for (scopes, params, missing) in cases {
        place.scopes(scopes);
        place.set(&json!({"username": "acme+ci", "password": robot}));
        let outcome = place.put(&params);
        assert!(outcome.error().contains(&format!("`{missing}`")), "{params}: {}", outcome.stderr);
        assert_eq!(place.tags(), before, "nothing has changed: {params}");
    }
}

#[test]
fn a_token_that_ends_is_said_to_have_ended() {
    let place = Place::new();
    place.push("a=v1");
    place.stub.expire_tokens();
    let outcome = place.put(&json!({"action": "restore", "restore": {"tag": "v1"}}));
    assert!(outcome.error().contains("has ended"), "{}", outcome.stderr);
    let request = place.proxy.requests().into_iter().find(|request| request.method == Method::POST);
    assert!(request.is_none(), "{request:?}");
}
