use std::time::Instant;

use http::{Method, StatusCode};
use reqwest::Response;

use super::*;
use crate::image::{self, Content, Remote};
use crate::registry::TokenAuth;
use crate::runtime::wait_for;
use crate::web::client;

/// A registry with one image, and a proxy in front of it.
struct Stage {
    _registry: Registry,
    proxy: FaultProxy,
    image: Content,
}

impl Stage {
    fn new() -> Self {
        Self::of(Registry::plain())
    }

    fn of(registry: Registry) -> Self {
        let layer = image::Layer::new().file("noise", image::noise(1, 300_000));
        let image = image::Builder::new().layer(layer).build();
        image.push(&registry, "acme/app", "1.0.0");
        let proxy = FaultProxy::in_front_of(&registry);
        Self { _registry: registry, proxy, image }
    }

    fn layer(&self) -> &image::Blob {
        &self.image.blobs[0]
    }

    fn layer_path(&self) -> String {
        format!("/v2/acme/app/blobs/{}", self.layer().digest)
    }

    /// Fetches a path and returns the answer's head and body, or how the body broke off.
    fn get(
        &self,
        path: &str,
        headers: &[(&'static str, &str)],
    ) -> (http::response::Parts, Result<Vec<u8>, String>) {
        let mut request = client(self.proxy.ca_pem().as_deref()).get(format!("{}{path}", self.proxy.url()));
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        wait_for(async move {
            let response: Response = request.send().await.expect("an answer");
            let (head, body) = http::Response::<reqwest::Body>::from(response).into_parts();
            let body = http_body_util::BodyExt::collect(body).await;
            (head, body.map(|body| body.to_bytes().to_vec()).map_err(|error| format!("{error:?}")))
        })
    }

    fn status(&self, path: &str) -> u16 {
        self.get(path, &[]).0.status.as_u16()
    }
}

#[test]
fn pushes_and_pulls_pass_through_and_are_recorded() {
    let registries = [
        Registry::plain(),
        Registry::builder().tls().start(),
        Registry::builder().token_auth(TokenAuth::user("ann", "right")).start(),
    ];
    for registry in registries {
        let stage = Stage::of(registry);
        let mut remote = Remote::new(&stage.proxy.url());
        if let Some((name, password)) = stage._registry.user() {
            // The token server is reached through the proxy too.
            remote = remote.user(name, password).token_url(&format!("{}/token", stage.proxy.url()));
        }
        let other =
            image::Builder::new().layer(image::Layer::new().file("other", "through the proxy")).build();
        other.push(remote.clone(), "acme/other", "2.0.0");
        assert_eq!(remote.digest("acme/other", "2.0.0").as_deref(), Some(other.digest()));

        let requests = stage.proxy.requests();
        let manifest =
            requests.iter().find(|request| request.method == Method::PUT && request.path.contains("2.0.0"));
        let manifest = manifest.expect("the manifest's PUT was recorded");
        assert_eq!(manifest.status, Some(201));
        assert_eq!(manifest.received, other.manifest.bytes.len() as u64);
        assert_eq!(manifest.header("content-type"), Some(image::media_type::MANIFEST));
        stage.proxy.forget_requests();
        assert!(stage.proxy.requests().is_empty());
    }
}

#[test]
fn headers_that_name_the_server_name_the_proxy() {
    let stage = Stage::of(Registry::builder().token_auth(TokenAuth::user("ann", "right")).start());
    let (head, _) = stage.get("/v2/", &[]);
    let challenge = head.headers["www-authenticate"].to_str().expect("text");
    assert!(challenge.contains(&format!("realm=\"{}/token\"", stage.proxy.url())), "{challenge}");
}

#[test]
fn faults_of_the_answer_come_when_they_are_due() {
    let stage = Stage::new();
    let path = "/v2/acme/app/tags/list";
    stage.proxy.inject(On::get("/tags/").once(), Fault::too_many_requests(Some("7")));
    stage.proxy.inject(On::get("/tags/").once(), Fault::nginx(429));
    stage.proxy.inject(On::get("/tags/").once(), Fault::status(503));
    let (first, _) = stage.get(path, &[]);
    assert_eq!(
        (first.status, &first.headers["retry-after"]),
        (StatusCode::TOO_MANY_REQUESTS, &"7".parse().unwrap())
    );
    let (second, body) = stage.get(path, &[]);
    assert_eq!(second.status, StatusCode::TOO_MANY_REQUESTS);
    assert!(!second.headers.contains_key("retry-after"));
    assert!(
        String::from_utf8(body.unwrap()).unwrap().contains("<center><h1>429 Too Many Requests</h1></center>")
    );
    assert_eq!(stage.status(path), 503);
    assert_eq!(stage.status(path), 200);

    stage.proxy.inject(On::any(), Fault::status(500));
    assert_eq!(stage.status(path), 500);
    stage.proxy.heal();
    assert_eq!(stage.status(path), 200);
}

#[test]
fn bodies_break_off_or_are_altered() {
    let stage = Stage::new();
    let (path, whole) = (stage.layer_path(), stage.layer().bytes.to_vec());
    stage.proxy.inject(On::get("/blobs/").once(), Fault::ResetAfter(100_000));
    stage.proxy.inject(On::get("/blobs/").once(), Fault::TruncateAfter(100_000));
    stage.proxy.inject(On::get("/blobs/").once(), Fault::AlterBody(70_000));

    let (head, body) = stage.get(&path, &[]);
    assert_eq!(head.headers["content-length"], whole.len().to_string());
    let error = body.expect_err("the body is reset");
    assert!(error.contains("ConnectionReset"), "{error}");
    let error = stage.get(&path, &[]).1.expect_err("the body ends early");
    assert!(!error.contains("ConnectionReset"), "{error}");
    assert!(
        stage.proxy.requests().iter().all(|request| request.sent == 100_000),
        "so much arrived before the break"
    );

    let altered = stage.get(&path, &[]).1.expect("a whole body");
    let different: Vec<usize> = (0..whole.len()).filter(|&at| altered[at] != whole[at]).collect();
    assert_eq!(different, [70_000]);
    assert_eq!(stage.get(&path, &[]).1.expect("a whole body"), whole);
}

#[test]
fn hung_up_connection_has_no_answer() {
    let stage = Stage::new();
    stage.proxy.inject(On::any(), Fault::HangUp);
    let request = client(None).get(stage.proxy.url());
    let error = wait_for(request.send()).expect_err("no answer");
    assert!(format!("{error:?}").contains("ConnectionReset"), "{error:?}");
}

#[test]
fn redirect_elsewhere_serves_the_blob_and_refuses_credentials() {
    let stage = Stage::of(Registry::builder().htpasswd("ann", "right").start());
    stage.proxy.inject(On::get("/blobs/"), Fault::RedirectElsewhere);
    let basic = "Basic YW5uOnJpZ2h0";
    let (head, _) = stage.get(&stage.layer_path(), &[("authorization", basic)]);
    assert_eq!(head.status, StatusCode::TEMPORARY_REDIRECT);
    let location = head.headers["location"].to_str().expect("text").to_owned();
    assert!(
        location.starts_with("http://localhost:") && !location.contains(&stage.proxy.host()),
        "{location}"
    );

    let there = |headers: &[(&str, &str)]| {
        let mut request = client(None).get(&location);
        for (name, value) in headers {
            request = request.header(*name, *value);
        }
        wait_for(async move {
            let response = request.send().await.expect("an answer");
            (response.status().as_u16(), response.bytes().await.expect("a body"))
        })
    };
    assert_eq!(there(&[]), (200, stage.layer().bytes.clone()));
    assert_eq!(there(&[("range", "bytes=100-199")]), (206, stage.layer().bytes.slice(100..200)));
    assert_eq!(there(&[("authorization", basic)]).0, 400);
    let elsewhere: Vec<bool> = stage
        .proxy
        .requests()
        .iter()
        .filter(|request| request.elsewhere)
        .map(Recorded::is_authorized)
        .collect();
    assert_eq!(elsewhere, [false, false, true]);
}

#[test]
fn endless_answers_never_repeat() {
    let stage = Stage::new();
    stage.proxy.inject(On::get("/blobs/"), Fault::EndlessRedirect);
    stage.proxy.inject(On::get("/tags/list"), Fault::EndlessTags);
    let location = |path: &str| stage.get(path, &[]).0.headers["location"].to_str().expect("text").to_owned();
    let first = location(&stage.layer_path());
    let second = location(first.trim_start_matches(&stage.proxy.url()));
    assert_ne!(first, second);

    let page = |path: &str| {
        let (head, body) = stage.get(path, &[]);
        let link = head.headers["link"].to_str().expect("text");
        let next = link.trim_start_matches('<').split_once('>').expect("a link").0.to_owned();
        (next, serde_json::from_slice::<serde_json::Value>(&body.expect("a body")).expect("JSON"))
    };
    let (next, tags) = page("/v2/acme/app/tags/list");
    assert_eq!((&tags["name"], tags["tags"].as_array().map(Vec::len)), (&"acme/app".into(), Some(100)));
    assert_ne!(page(&next).1["tags"], tags["tags"]);
}

#[test]
fn stale_token_is_answered_with_the_servers_own_challenge() {
    let stage = Stage::of(Registry::builder().htpasswd("ann", "right").start());
    stage.proxy.inject(On::any().once(), Fault::StaleToken);
    let ask = || stage.get("/v2/", &[("authorization", "Basic YW5uOnJpZ2h0")]).0;
    let first = ask();
    assert_eq!(first.status, StatusCode::UNAUTHORIZED);
    assert!(first.headers.contains_key("www-authenticate"));
    assert_eq!(ask().status, StatusCode::OK);
    assert!(stage.proxy.requests().iter().all(Recorded::is_authorized), "recorded as the client sent it");
}

#[test]
fn ignored_range_is_answered_with_everything() {
    let stage = Stage::new();
    let ask = || {
        let (head, body) = stage.get(&stage.layer_path(), &[("range", "bytes=10-19")]);
        (head.status.as_u16(), body.expect("a body").len())
    };
    stage.proxy.inject(On::get("/blobs/").once(), Fault::IgnoreRange);
    assert_eq!(ask(), (200, stage.layer().bytes.len()));
    assert_eq!(ask(), (206, 10));
}

#[test]
fn latency_delay_and_slow_header_take_their_time() {
    let stage = Stage::new();
    let took = |path: &str| {
        let started = Instant::now();
        assert_eq!(stage.status(path), 200);
        started.elapsed()
    };
    stage.proxy.set_latency(Duration::from_millis(60));
    let with_latency = took("/v2/");
    assert!(
        with_latency >= Duration::from_millis(120),
        "a new connection costs a round trip more: {with_latency:?}"
    );
    stage.proxy.set_latency(Duration::ZERO);
    stage.proxy.inject(On::any().once(), Fault::Delay(Duration::from_millis(150)));
    stage.proxy.inject(On::any().once(), Fault::SlowHeader(Duration::from_millis(150)));
    for fault in ["delay", "slow header"] {
        let time = took("/v2/");
        assert!(time >= Duration::from_millis(150), "{fault}: {time:?}");
    }
}

#[test]
fn requests_under_way_at_once_are_counted() {
    let stage = Stage::new();
    stage.proxy.inject(On::any(), Fault::Delay(Duration::from_millis(100)));
    let (http, url) = (client(None), format!("{}/v2/", stage.proxy.url()));
    wait_for(async move {
        let requests = (0..5).map(|_| http.get(&url).send());
        for answer in futures_util::future::join_all(requests).await {
            assert_eq!(answer.expect("an answer").status(), StatusCode::OK);
        }
    });
    assert_eq!(stage.proxy.max_in_flight(), 5);
    stage.proxy.forget_requests();
    assert_eq!(stage.status("/v2/"), 200);
    assert_eq!(stage.proxy.max_in_flight(), 1);
}

#[test]
fn proxy_speaks_tls_and_http_2() {
    let registry = Registry::plain();
    let proxy = FaultProxy::builder(&registry).tls().start();
    let request = client(proxy.ca_pem().as_deref()).get(format!("{}/v2/", proxy.url()));
    let answer = wait_for(request.send()).expect("an answer");
    assert_eq!((answer.status(), answer.version()), (StatusCode::OK, http::Version::HTTP_2));
}

#[test]
fn absent_server_is_a_bad_gateway_and_a_dropped_proxy_is_gone() {
    let proxy = FaultProxy::in_front_of("http://127.0.0.1:1");
    let (url, address) = (proxy.url(), proxy.host());
    let answer = wait_for(client(None).get(&url).send()).expect("an answer");
    assert_eq!(answer.status(), StatusCode::BAD_GATEWAY);
    drop(proxy);
    let request = client(None).get(format!("http://{address}/"));
    assert!(wait_for(request.send()).is_err(), "the port is closed");
}
