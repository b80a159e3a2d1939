//! What goes wrong between us and a registry, and what we make of it.

use std::time::{Duration, Instant};

use oci_registry::{Basic, Cause, Client, Credentials, Descriptor, Digest, Reference, Settings};
use stack::image::{self, Builder, Content, Layer};
use stack::registry::TokenAuth;
use stack::{Fault, FaultProxy, On, Registry};

fn sample() -> Content {
    Builder::new().layer(Layer::new().file("data", image::noise(3, 2_000_000))).build()
}

fn client(host: &str) -> Client {
    client_with(host, Settings::default())
}

fn client_with(host: &str, settings: Settings) -> Client {
    Client::new(format!("{host}/acme/app").parse().unwrap(), settings).unwrap()
}

fn as_ann() -> Credentials {
    Credentials::Basic(Basic { username: "ann".into(), password: "right".into() })
}

fn tag(text: &str) -> Reference {
    Reference::Tag(text.parse().unwrap())
}

fn descriptor(blob: &image::Blob) -> Descriptor {
    Descriptor::new(blob.media_type.clone(), blob.digest.parse().unwrap(), blob.bytes.len() as u64)
}

async fn read(client: &Client, descriptor: &Descriptor) -> Result<Vec<u8>, kit::Error> {
    let mut reader = client.blob(descriptor).verified();
    let mut bytes = Vec::new();
    while let Some(piece) = reader.chunk().await? {
        bytes.extend_from_slice(&piece);
    }
    Ok(bytes)
}

/// A registry with the sample as `1`, and a proxy before it.
fn faulty() -> (Registry, FaultProxy, Content) {
    let registry = Registry::plain();
    let content = sample();
    content.push(&registry, "acme/app", "1");
    let proxy = FaultProxy::in_front_of(&registry);
    (registry, proxy, content)
}

#[tokio::test]
async fn passing_faults_are_waited_out() {
    let (_registry, proxy, content) = faulty();
    let faults = [
        ("429 without Retry-After", Fault::too_many_requests(None)),
        ("429 with Retry-After", Fault::too_many_requests(Some("1"))),
        ("429 of Quay", Fault::nginx(429)),
        ("502", Fault::nginx(502)),
        ("503", Fault::status(503)),
        ("reset", Fault::HangUp),
        ("slow", Fault::SlowHeader(Duration::from_millis(300))),
    ];
    for (name, fault) in faults {
        proxy.heal();
        proxy.inject(On::path("/manifests/").once(), fault);
        let client = client(&proxy.host());
        let head = client.head(&tag("1")).await.unwrap_or_else(|problem| panic!("{name}: {problem}"));
        assert_eq!(head.unwrap().digest.as_str(), content.digest(), "{name}");
    }
}

#[tokio::test]
async fn retry_after_is_obeyed() {
    let (_registry, proxy, _) = faulty();
    proxy.inject(On::head("/manifests/").once(), Fault::too_many_requests(Some("2")));
    let client = client(&proxy.host());
    let started = Instant::now();
    client.head(&tag("1")).await.unwrap();
    assert!(started.elapsed() >= Duration::from_secs(2), "{:?}", started.elapsed());
}

#[tokio::test]
async fn a_blob_goes_on_where_it_broke_off() {
    let (_registry, proxy, content) = faulty();
    let layer = &content.blobs[0];
    let faults = [("reset", Fault::ResetAfter(700_000)), ("cut off", Fault::TruncateAfter(1_000_000))];
    for (name, fault) in faults {
        proxy.heal();
        proxy.forget_requests();
        proxy.inject(On::get("/blobs/").once(), fault);
        assert_eq!(read(&client(&proxy.host()), &descriptor(layer)).await.unwrap(), layer.bytes, "{name}");
        let requests = proxy.requests();
        let again = requests.iter().rfind(|request| request.path.contains("/blobs/")).unwrap();
        assert!(
            again.header("range").is_some_and(|range| !range.starts_with("bytes=0-")),
            "{name}: {again:?}"
        );
        let sent: u64 =
            requests.iter().filter(|request| request.path.contains("/blobs/")).map(|r| r.sent).sum();
        assert!(sent < layer.bytes.len() as u64 + 500_000, "{name}: only the rest is sent, not {sent}");
    }
}

#[tokio::test]
async fn a_server_that_ignores_ranges_sends_everything_again() {
    let (_registry, proxy, content) = faulty();
    let layer = &content.blobs[0];
    proxy.inject(On::get("/blobs/").once(), Fault::ResetAfter(700_000));
    proxy.inject(On::get("/blobs/"), Fault::IgnoreRange);
    assert_eq!(read(&client(&proxy.host()), &descriptor(layer)).await.unwrap(), layer.bytes);
}

#[tokio::test]
async fn damaged_content_is_refused() {
    let (_registry, proxy, content) = faulty();
    let client = client(&proxy.host());
    proxy.inject(On::get("/blobs/"), Fault::AlterBody(1234));
    let problem = read(&client, &descriptor(&content.blobs[0])).await.unwrap_err();
    assert!(problem.to_string().contains(&content.blobs[0].digest), "{problem}");
    assert!(problem.advice().is_some(), "{problem:?}");

    proxy.heal();
    proxy.inject(On::get("/manifests/"), Fault::AlterBody(10));
    let problem = client.manifest(&tag("1")).await.unwrap_err();
    assert!(matches!(problem.cause(), Cause::Mismatch(_)), "{problem}");
}

#[tokio::test]
async fn a_blob_of_another_size_is_refused() {
    let (registry, _proxy, content) = faulty();
    let mut wrong = descriptor(&content.blobs[0]);
    wrong.size -= 10;
    let problem = read(&client(&registry.host()), &wrong).await.unwrap_err();
    assert!(problem.to_string().contains("bytes"), "{problem}");
    let small = client(&registry.host()).blob_bytes(&descriptor(&content.blobs[0]), 100).await;
    assert!(small.unwrap_err().to_string().contains("100 are allowed"));
}

#[tokio::test]
async fn credentials_do_not_follow_a_redirect_to_another_host() {
    let registry = Registry::builder().token_auth(TokenAuth::user("ann", "right")).start();
    let content = sample();
    content.push(&registry, "acme/app", "1");
    let proxy = FaultProxy::in_front_of(&registry);
    proxy.inject(On::get("/blobs/"), Fault::RedirectElsewhere);
    let client = client_with(&proxy.host(), Settings { credentials: as_ann(), ..Settings::default() });
    client.manifest(&tag("1")).await.unwrap().unwrap();
    let layer = &content.blobs[0];
    assert_eq!(read(&client, &descriptor(layer)).await.unwrap(), layer.bytes);
    let elsewhere: Vec<_> = proxy.requests().into_iter().filter(|request| request.elsewhere).collect();
    assert!(!elsewhere.is_empty());
    assert!(elsewhere.iter().all(|request| !request.is_authorized()), "{elsewhere:?}");
}

#[tokio::test]
async fn what_never_ends_is_cut_off() {
    let (_registry, proxy, content) = faulty();
    let client = client(&proxy.host());
    proxy.inject(On::path("/manifests/"), Fault::EndlessRedirect);
    let problem = kit::Error::from(client.head(&tag("1")).await.unwrap_err());
    assert!(problem.to_string().contains("redirect"), "{problem}");
    assert!(problem.advice().is_some_and(|hint| hint.contains("redirects without end")), "{problem:?}");
    proxy.inject(On::path("/tags/"), Fault::EndlessTags);
    let problem = client.tags().await.unwrap_err();
    assert!(problem.to_string().contains("has no end"), "{problem}");
    proxy.heal();
    proxy.inject(On::get("/blobs/"), Fault::EndlessRedirect);
    assert!(read(&client, &descriptor(&content.blobs[0])).await.is_err());
}

#[tokio::test]
async fn a_stale_token_is_renewed_once() {
    let registry = Registry::builder().token_auth(TokenAuth::user("ann", "right")).start();
    let content = sample();
    content.push(&registry, "acme/app", "1");
    let proxy = FaultProxy::in_front_of(&registry);
    let client = client_with(&proxy.host(), Settings { credentials: as_ann(), ..Settings::default() });
    registry.forget_token_requests();
    client.head(&tag("1")).await.unwrap().unwrap();
    client.tags().await.unwrap();
    assert_eq!(registry.token_requests().len(), 1, "one token does for all");

    proxy.inject(On::head("/manifests/").once(), Fault::StaleToken);
    client.head(&tag("1")).await.unwrap().unwrap();
    assert_eq!(registry.token_requests().len(), 2);

    proxy.inject(On::get("/blobs/").once(), Fault::StaleToken);
    let layer = &content.blobs[0];
    assert_eq!(read(&client, &descriptor(layer)).await.unwrap(), layer.bytes);

    proxy.inject(On::path("/manifests/"), Fault::StaleToken);
    let problem = client.head(&tag("1")).await.unwrap_err();
    assert_eq!(problem.status().map(|status| status.as_u16()), Some(401));
    let scopes: Vec<_> = registry.token_requests().into_iter().flat_map(|request| request.scopes).collect();
    assert!(scopes.iter().all(|scope| scope == "repository:acme/app:pull"), "{scopes:?}");
}

#[tokio::test]
async fn many_requests_share_one_token() {
    let registry = Registry::builder().token_auth(TokenAuth::user("ann", "right")).start();
    sample().push(&registry, "acme/app", "1");
    registry.forget_token_requests();
    let client = client_with(&registry.host(), Settings { credentials: as_ann(), ..Settings::default() });
    let reference = tag("1");
    let heads = (0..32).map(|_| client.head(&reference));
    for head in futures_util::future::join_all(heads).await {
        assert!(head.unwrap().is_some());
    }
    assert_eq!(registry.token_requests().len(), 1);
}

#[tokio::test]
async fn a_token_that_has_ended_is_no_endless_affair() {
    let registry = Registry::builder().token_auth(TokenAuth::user("ann", "right").lifetime(-62)).start();
    let client = client_with(&registry.host(), Settings { credentials: as_ann(), ..Settings::default() });
    let problem = client.head(&tag("1")).await.unwrap_err();
    assert_eq!(problem.status().map(|status| status.as_u16()), Some(401));
    // Two for the HEAD, and two for the GET that says why it was refused.
    assert!(registry.token_requests().len() <= 4, "{:?}", registry.token_requests());
}

#[tokio::test]
async fn refusals_say_what_to_do() {
    let tokens = Registry::builder()
        .token_auth(TokenAuth::user("ann", "right").grant("bob", "his", "bobs/", "pull"))
        .start();
    let basic = Registry::builder().htpasswd("ann", "right").start();
    let user = |name: &str, password: &str| {
        Credentials::Basic(Basic { username: name.into(), password: password.into() })
    };
    let cases = [
        ("anonymous", &tokens, Credentials::Anonymous, "give `username`"),
        ("wrong password", &tokens, user("ann", "wrong"), "check `username`"),
        ("not allowed", &tokens, user("bob", "his"), "check `username`"),
        ("anonymous, basic", &basic, Credentials::Anonymous, "give `username`"),
        ("wrong password, basic", &basic, user("ann", "wrong"), "check `username`"),
    ];
    for (case, registry, credentials, hint) in cases {
        let client = client_with(&registry.host(), Settings { credentials, ..Settings::default() });
        let problem = kit::Error::from(client.head(&tag("1")).await.unwrap_err());
        assert!(problem.to_string().contains("401"), "{case}: {problem}");
        assert!(problem.to_string().contains("/acme/app"), "{case}: {problem}");
        assert!(problem.advice().is_some_and(|advice| advice.contains(hint)), "{case}: {problem:?}");
        assert!(!format!("{problem:?}").contains("wrong"), "{case}: {problem:?}");
    }
}

#[tokio::test]
async fn a_password_is_not_sent_unencrypted_to_a_token_server() {
    let registry = Registry::plain();
    let proxy = FaultProxy::builder(&registry).tls().start();
    let challenge = r#"Bearer realm="http://tokens.invalid/token",service="x""#;
    let wants_token = stack::fault_proxy::Answer::new(401).header("www-authenticate", challenge);
    proxy.inject(On::any(), Fault::Answer(wants_token));
    let ca_certs = proxy.ca_pem().into_iter().collect();
    let settings = Settings { credentials: as_ann(), ca_certs, ..Settings::default() };
    let problem = client_with(&proxy.host(), settings).head(&tag("1")).await.unwrap_err();
    assert!(problem.to_string().contains("unencrypted to http://tokens.invalid"), "{problem}");
}

#[tokio::test]
async fn an_unknown_authority_is_refused_with_the_remedy() {
    let registry = Registry::builder().tls().start();
    sample().push(&registry, "acme/app", "1");
    let problem = kit::Error::from(client(&registry.host()).head(&tag("1")).await.unwrap_err());
    assert!(problem.advice().is_some_and(|hint| hint.contains("`ca_certs`")), "{problem:?}");
    let insecure = Settings { insecure: true, ..Settings::default() };
    assert!(client_with(&registry.host(), insecure).head(&tag("1")).await.unwrap().is_some());
    let rubbish = Settings { ca_certs: vec!["rubbish".into()], ..Settings::default() };
    let problem = Client::new("quay.io/a/b".parse().unwrap(), rubbish).unwrap_err();
    assert!(problem.to_string().contains("ca_certs"), "{problem}");
}

#[tokio::test]
async fn a_web_page_is_no_registry() {
    let (_registry, proxy, _) = faulty();
    let page = stack::fault_proxy::Answer::new(200).body("text/html", "<html>log in</html>");
    proxy.inject(On::path("/v2/acme"), Fault::Answer(page));
    let client = client(&proxy.host());
    for problem in [
        kit::Error::from(client.head(&tag("1")).await.unwrap_err()),
        kit::Error::from(client.tags().await.unwrap_err()),
    ] {
        assert!(problem.advice().is_some_and(|hint| hint.contains("web page")), "{problem:?}");
    }
}

#[tokio::test]
async fn a_tag_that_quay_has_expired_is_not_there() {
    let (_registry, proxy, _) = faulty();
    let body = r#"{"errors":[{"code":"TAG_EXPIRED","message":"Tag 1 was deleted or has expired"}]}"#;
    proxy.inject(On::path("/manifests/"), Fault::Answer(stack::fault_proxy::Answer::new(404).json(body)));
    assert_eq!(client(&proxy.host()).head(&tag("1")).await.unwrap(), None);
}

#[tokio::test]
async fn a_manifest_that_is_too_large_is_not_read() {
    let (_registry, proxy, _) = faulty();
    let huge = stack::fault_proxy::Answer::new(200).body("application/json", vec![b' '; 5_000_000]);
    proxy.inject(On::get("/manifests/"), Fault::Answer(huge));
    let digest = Digest::sha256(b"x");
    let problem = client(&proxy.host()).manifest(&Reference::Digest(digest)).await.unwrap_err();
    assert!(problem.to_string().contains("larger than"), "{problem}");
}

#[tokio::test]
async fn fewer_tags_are_asked_for_where_a_registry_refuses_many() {
    let (_registry, proxy, _) = faulty();
    let cases = [
        ("a page of 100 is taken", vec!["n=1000"], 400, Ok(2)),
        ("only the registry's own size", vec!["n=1000", "n=100"], 422, Ok(3)),
        ("no size is taken", vec!["/tags/list"], 400, Err(3)),
        ("refused for another reason", vec!["/tags/list"], 403, Err(1)),
    ];
    for (case, refused, status, expected) in cases {
        proxy.heal();
        proxy.forget_requests();
        for part in refused {
            let whole = part.to_owned();
            let exactly = move |head: &http::request::Parts| {
                let query = head.uri.query().unwrap_or_default();
                query == whole || !whole.starts_with("n=")
            };
            proxy.inject(On::get("/tags/list").when(exactly), Fault::status(status));
        }
        let listed = client(&proxy.host()).tags().await;
        let asked = proxy.requests().iter().filter(|request| request.path.contains("/tags/list")).count();
        assert_eq!(listed.is_ok(), expected.is_ok(), "{case}");
        assert_eq!(asked, expected.unwrap_or_else(|asked| asked), "{case}");
    }
}
