//! The HTTP client against a real registry behind a proxy that adds faults.

use std::time::{Duration, Instant};

use kit::http::{Client, HttpError, Request, Retry, Settings, StatusCode, Url};
use stack::image::{Builder, Content, Layer, noise};
use stack::{Fault, FaultProxy, On, Registry};

const LAYER_BYTES: usize = 3_000_000;

/// A registry with one image behind a proxy, and a client that does not wait long.
struct Place {
    proxy: FaultProxy,
    blob: (String, u64),
    client: Client,
    _registry: Registry,
}

fn place(settings: Settings) -> Place {
    let registry = Registry::plain();
    let image = Builder::new().layer(Layer::new().file("noise", noise(1, LAYER_BYTES)).plain()).build();
    image.push(&registry, "kit/http", "1");
    let proxy = FaultProxy::in_front_of(&registry);
    let client = Client::new(settings).unwrap();
    Place { proxy, blob: layer(&image), client, _registry: registry }
}

fn layer(image: &Content) -> (String, u64) {
    let largest = image.all_blobs().into_iter().max_by_key(|blob| blob.bytes.len()).unwrap();
    (largest.digest.clone(), largest.bytes.len() as u64)
}

fn impatient() -> Settings {
    let retry = Retry {
        first: Duration::from_millis(5),
        longest: Duration::from_millis(20),
        total: Duration::from_secs(5),
    };
    Settings { retry, read_timeout: Duration::from_secs(2), ..Settings::default() }
}

impl Place {
    fn url(&self, path: &str) -> Url {
        Url::parse(&format!("{}/v2/kit/http/{path}", self.proxy.url())).unwrap()
    }

    fn blob_request(&self) -> Request {
        self.client.get(self.url(&format!("blobs/{}", self.blob.0)))
    }

    async fn download(&self) -> Result<Vec<u8>, HttpError> {
        let mut download = self.client.download(self.blob.1, || async { Ok(self.blob_request()) });
        let mut bytes = Vec::new();
        while let Some(piece) = download.chunk().await? {
            bytes.extend_from_slice(&piece);
        }
        Ok(bytes)
    }
}

#[tokio::test]
async fn temporary_answers_are_tried_again() {
    let place = place(impatient());
    for fault in
        [Fault::status(500), Fault::status(502), Fault::status(503), Fault::nginx(429), Fault::HangUp]
    {
        place.proxy.forget_requests();
        place.proxy.inject(On::get("tags/list").times(2), fault.clone());
        let answer = place.client.get(place.url("tags/list")).send().await.unwrap();
        assert_eq!(answer.status(), StatusCode::OK, "{fault:?}");
        assert_eq!(place.proxy.requests().len(), 3, "{fault:?}");
    }
}

#[tokio::test]
async fn retry_after_is_obeyed() {
    let place = place(impatient());
    place.proxy.inject(On::get("tags/list").once(), Fault::too_many_requests(Some("1")));
    let begun = Instant::now();
    let answer = place.client.get(place.url("tags/list")).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::OK);
    assert!(begun.elapsed() >= Duration::from_secs(1), "{:?}", begun.elapsed());
}

#[tokio::test]
async fn final_answers_are_not_tried_again() {
    let place = place(impatient());
    place.proxy.inject(On::get("tags/list"), Fault::status(403));
    let error = place.client.get(place.url("tags/list")).send().await.unwrap().success().await.unwrap_err();
    assert_eq!((error.status(), place.proxy.requests().len()), (Some(StatusCode::FORBIDDEN), 1));
}

#[tokio::test]
async fn a_write_that_may_have_arrived_is_not_sent_twice() {
    let place = place(impatient());
    place.proxy.inject(On::post("uploads/"), Fault::HangUp);
    let error = place.client.post(place.url("blobs/uploads/")).send().await.unwrap_err();
    assert!(error.is_connection());
    assert_eq!(place.proxy.requests().len(), 1);
}

#[tokio::test]
async fn trying_ends_with_the_time_for_it() {
    let retry = Retry { total: Duration::from_millis(50), ..impatient().retry };
    let place = place(Settings { retry, ..impatient() });
    place.proxy.inject(On::any(), Fault::status(503));
    let answer = place.client.get(place.url("tags/list")).send().await.unwrap();
    assert_eq!(answer.status(), StatusCode::SERVICE_UNAVAILABLE);
    assert!(place.proxy.requests().len() > 1);
}

#[tokio::test]
async fn a_download_goes_on_where_it_broke_off() {
    let place = place(impatient());
    let whole = place.download().await.unwrap();
    for fault in [Fault::ResetAfter(1_000_000), Fault::TruncateAfter(1_000_000)] {
        place.proxy.forget_requests();
        place.proxy.inject(On::get("blobs/").once(), fault.clone());
        assert!(place.download().await.unwrap() == whole, "{fault:?}");
        let requests = place.proxy.requests();
        assert!(requests[1].header("range").is_some(), "{fault:?}");
        assert!(requests.iter().map(|request| request.sent).sum::<u64>() < place.blob.1 * 3 / 2, "{fault:?}");
    }
}

#[tokio::test]
async fn a_server_that_ignores_ranges_is_coped_with() {
    let place = place(impatient());
    let whole = place.download().await.unwrap();
    place.proxy.inject(On::get("blobs/").once(), Fault::ResetAfter(1_000_001));
    place.proxy.inject(On::get("blobs/"), Fault::IgnoreRange);
    assert!(place.download().await.unwrap() == whole);
}

#[tokio::test]
async fn a_download_that_is_refused_ends_at_once() {
    let place = place(impatient());
    place.proxy.inject(On::get("blobs/"), Fault::status(404));
    assert_eq!(place.download().await.unwrap_err().status(), Some(StatusCode::NOT_FOUND));
    assert_eq!(place.proxy.requests().len(), 1);
}

#[tokio::test]
async fn credentials_do_not_follow_to_another_host() {
    let place = place(impatient());
    place.proxy.inject(On::get("blobs/"), Fault::RedirectElsewhere);
    let request = place.blob_request().bearer(&kit::Secret::new("token-for-one-host"));
    assert_eq!(request.send().await.unwrap().status(), StatusCode::OK);
    let elsewhere = place.proxy.requests().into_iter().find(|request| request.elsewhere).unwrap();
    assert!(!elsewhere.is_authorized());
}

#[tokio::test]
async fn an_endless_redirect_is_an_error() {
    let place = place(impatient());
    place.proxy.inject(On::get("tags/list"), Fault::EndlessRedirect);
    let error = kit::Error::from(place.client.get(place.url("tags/list")).send().await.unwrap_err());
    assert!(error.to_string().contains("too many redirects"), "{error}");
}

#[tokio::test]
async fn a_body_over_the_limit_is_refused() {
    let place = place(impatient());
    let answer = place.blob_request().send().await.unwrap();
    assert!(matches!(answer.bytes(1000).await, Err(HttpError::TooLarge { limit: 1000, .. })));
}

#[tokio::test]
async fn a_silent_server_is_given_up() {
    let retry = Retry { total: Duration::ZERO, ..impatient().retry };
    let place = place(Settings { retry, read_timeout: Duration::from_millis(100), ..impatient() });
    place.proxy.inject(On::get("tags/list"), Fault::Delay(Duration::from_secs(30)));
    let error = place.client.get(place.url("tags/list")).send().await.unwrap_err();
    assert!(kit::Error::from(error).to_string().contains("no answer within"));
}

#[tokio::test]
async fn a_private_authority_is_trusted_only_when_named() {
    let registry = Registry::builder().tls().start();
    let url = Url::parse(&format!("{}/v2/", registry.url())).unwrap();
    let with = |ca_certs: Vec<String>, insecure| {
        let client = Client::new(Settings { ca_certs, insecure, ..impatient() }).unwrap();
        let request = client.get(url.clone());
        async move { request.send().await }
    };
    assert_eq!(with(vec![registry.ca_pem().unwrap()], false).await.unwrap().status(), StatusCode::OK);
    assert_eq!(with(vec![], true).await.unwrap().status(), StatusCode::OK);
    let Err(HttpError::Connection { cause, .. }) = with(vec![], false).await else {
        panic!("it was trusted")
    };
    assert!(cause.is_certificate(), "{cause}");
}

#[test]
fn a_certificate_that_is_none_is_named() {
    let settings = Settings { ca_certs: vec!["not a certificate".into()], ..Settings::default() };
    let error = Client::new(settings).unwrap_err().to_string();
    assert_eq!(error, "cannot set up TLS: ca_certs has no PEM certificate (-----BEGIN CERTIFICATE-----)");
}
