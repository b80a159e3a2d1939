//! Writing to the real registry, also when it is interrupted.

use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};

use bytes::Bytes;
use kit::http::Body;
use oci_registry::{
    Basic, Client, Credentials, Descriptor, Digest, Reference, Settings, Uploaded, media_type,
};
use stack::fault_proxy::Answer;
use stack::image::{self, Builder, Layer, Remote};
use stack::registry::TokenAuth;
use stack::{Fault, FaultProxy, On, QuayStub, Registry};

fn client(host: &str, path: &str, credentials: Credentials) -> Client {
    let settings = Settings { credentials, ..Settings::default() };
    Client::new(format!("{host}/{path}").parse().unwrap(), settings).unwrap()
}

fn user(name: &str, password: &str) -> Credentials {
    Credentials::Basic(Basic { username: name.into(), password: password.into() })
}

/// A blob, with a count of how often its bytes were asked for.
struct Sample {
    bytes: Bytes,
    descriptor: Descriptor,
    asked: Arc<AtomicUsize>,
}

impl Sample {
    fn new(seed: u64, length: usize) -> Self {
        let bytes = Bytes::from(image::noise(seed, length));
        let descriptor =
            Descriptor::new("application/octet-stream", Digest::sha256(&bytes), bytes.len() as u64);
        Self { bytes, descriptor, asked: Arc::default() }
    }

    async fn upload(
        &self,
        client: &Client,
        from: Option<&str>,
    ) -> Result<Uploaded, oci_registry::RegistryError> {
        let (bytes, asked) = (self.bytes.clone(), Arc::clone(&self.asked));
        let body = move |range: std::ops::Range<u64>| {
            asked.fetch_add(1, Ordering::Relaxed);
            Body::from(bytes.slice(range.start as usize..range.end as usize))
        };
        client.upload(&self.descriptor, from, body).await
    }
}

#[tokio::test]
async fn an_image_is_written_part_by_part() {
    let registry = Registry::plain();
    let sample = Builder::new().layer(Layer::new().file("data", image::noise(2, 100_000))).build();
    let client = client(&registry.host(), "acme/app", Credentials::Anonymous);
    for blob in &sample.blobs {
        let digest: Digest = blob.digest.parse().unwrap();
        assert!(!client.blob_exists(&digest).await.unwrap());
        let descriptor = Descriptor::new(blob.media_type.clone(), digest.clone(), blob.bytes.len() as u64);
        let bytes = blob.bytes.clone();
        let body = move |range: std::ops::Range<u64>| {
            Body::from(bytes.slice(range.start as usize..range.end as usize))
        };
        assert_eq!(client.upload(&descriptor, None, body).await.unwrap(), Uploaded::Sent);
        assert!(client.blob_exists(&digest).await.unwrap());
    }
    let tag = Reference::Tag("1".parse().unwrap());
    let raw = sample.manifest.bytes.clone();
    let digest = client.put_manifest(&tag, &sample.manifest.media_type, raw).await.unwrap();
    assert_eq!(digest.as_str(), sample.digest());
    assert_eq!(Remote::from(&registry).digest("acme/app", "1").as_deref(), Some(sample.digest()));

    client.delete_manifest(&digest).await.unwrap();
    assert_eq!(client.head(&tag).await.unwrap(), None);
    client.delete_manifest(&digest).await.unwrap();
}

#[tokio::test]
async fn blobs_of_any_size_arrive() {
    let registry = Registry::plain();
    let client = client(&registry.host(), "acme/app", Credentials::Anonymous);
    for length in [0, 1, 70_000] {
        let sample = Sample::new(5, length);
        assert_eq!(sample.upload(&client, None).await.unwrap(), Uploaded::Sent, "{length}");
        let read = client.blob_bytes(&sample.descriptor, 100_000).await.unwrap();
        assert_eq!(read, sample.bytes, "{length}");
    }
}

#[tokio::test]
async fn a_blob_is_mounted_from_another_repository() {
    let registry = Registry::builder().token_auth(TokenAuth::user("ann", "right")).start();
    let sample = Sample::new(6, 50_000);
    let source = client(&registry.host(), "acme/base", user("ann", "right"));
    sample.upload(&source, None).await.unwrap();
    let target = client(&registry.host(), "acme/app", user("ann", "right"));
    assert_eq!(sample.upload(&target, Some("acme/base")).await.unwrap(), Uploaded::Mounted);
    assert_eq!(sample.asked.load(Ordering::Relaxed), 1, "the bytes are not sent again");
    let other = Sample::new(7, 50_000);
    assert_eq!(other.upload(&target, Some("acme/base")).await.unwrap(), Uploaded::Sent, "not there");
}

#[tokio::test]
async fn what_may_not_be_mounted_is_sent() {
    let auth = TokenAuth::user("ann", "right").grant("bob", "his", "bobs/", "pull,push");
    let registry = Registry::builder().token_auth(auth).start();
    let sample = Sample::new(8, 50_000);
    sample.upload(&client(&registry.host(), "acme/base", user("ann", "right")), None).await.unwrap();
    let target = client(&registry.host(), "bobs/app", user("bob", "his"));
    assert_eq!(sample.upload(&target, Some("acme/base")).await.unwrap(), Uploaded::Sent);
    assert!(target.blob_exists(&sample.descriptor.digest).await.unwrap());
}

#[tokio::test]
async fn an_upload_that_breaks_off_is_taken_up_again() {
    let registry = Registry::plain();
    let faults = [
        ("hang up", On::put("/blobs/uploads/").once(), Fault::HangUp),
        ("500", On::put("/blobs/uploads/").once(), Fault::status(500)),
        ("503", On::put("/blobs/uploads/").once(), Fault::status(503)),
        ("session lost", On::put("/blobs/uploads/").times(2), Fault::status(500)),
        ("429", On::put("/blobs/uploads/").once(), Fault::too_many_requests(Some("1"))),
        ("begin fails", On::post("/blobs/uploads/").once(), Fault::nginx(502)),
    ];
    for (seed, (name, on, fault)) in (10..).zip(faults) {
        let proxy = FaultProxy::in_front_of(&registry);
        proxy.inject(on, fault);
        let client = client(&proxy.host(), "acme/app", Credentials::Anonymous);
        let sample = Sample::new(seed, 3_000_000);
        let uploaded =
            sample.upload(&client, None).await.unwrap_or_else(|problem| panic!("{name}: {problem}"));
        assert_eq!(uploaded, Uploaded::Sent, "{name}");
        assert_eq!(client.blob_bytes(&sample.descriptor, 4_000_000).await.unwrap(), sample.bytes, "{name}");
    }
}

#[tokio::test]
async fn a_blob_that_is_too_large_for_one_request_is_sent_in_pieces() {
    let registry = Registry::plain();
    let proxy = FaultProxy::in_front_of(&registry);
    let too_large = |head: &http::request::Parts| {
        let length = head.headers.get("content-length").and_then(|length| length.to_str().ok()?.parse().ok());
        length.is_some_and(|length: u64| length > 20_000_000)
    };
    proxy.inject(On::path("/blobs/uploads/").when(too_large), Fault::nginx(413));
    // The second piece breaks off, and is taken up again after the first.
    let patch = On::method(http::Method::PATCH, "/blobs/uploads/");
    proxy.inject(patch.skip(1).once(), Fault::status(500));
    let client = client(&proxy.host(), "acme/app", Credentials::Anonymous);
    let sample = Sample::new(20, 40_000_000);
    assert_eq!(sample.upload(&client, None).await.unwrap(), Uploaded::Sent);
    assert!(client.blob_exists(&sample.descriptor.digest).await.unwrap());
    let patches = proxy.requests().into_iter().filter(|request| request.method == "PATCH").count();
    assert_eq!(patches, 4);
}

#[tokio::test]
async fn credentials_do_not_follow_an_upload_to_another_host() {
    let registry = Registry::builder().htpasswd("ann", "right").start();
    let (proxy, storage) = (FaultProxy::in_front_of(&registry), FaultProxy::in_front_of(&registry));
    let location = format!("http://localhost:{}/upload?signed=1", storage.host().split_once(':').unwrap().1);
    let begun = Answer::new(202).header("location", &location);
    proxy.inject(
        On::post("/blobs/uploads/").when(|head| head.headers.contains_key("authorization")),
        Fault::Answer(begun),
    );
    storage.inject(On::put("/upload?signed=1&digest=sha256"), Fault::status(201));
    let sample = Sample::new(30, 1000);
    sample.upload(&client(&proxy.host(), "acme/app", user("ann", "right")), None).await.unwrap();
    let sent = storage.requests();
    assert_eq!(sent.len(), 1, "{sent:?}");
    assert!(!sent[0].is_authorized() && sent[0].received == 1000, "{sent:?}");
}

#[tokio::test]
async fn a_blob_that_is_something_else_is_refused() {
    let registry = Registry::plain();
    let client = client(&registry.host(), "acme/app", Credentials::Anonymous);
    let mut sample = Sample::new(21, 1000);
    sample.bytes = Bytes::from(image::noise(22, 1000));
    let problem = sample.upload(&client, None).await.unwrap_err();
    assert_eq!(problem.code(), "DIGEST_INVALID", "{problem}");
    assert!(!client.blob_exists(&sample.descriptor.digest).await.unwrap());
}

#[tokio::test]
async fn refusals_carry_the_registrys_word() {
    let registry = Registry::plain();
    let client = client(&registry.host(), "acme/app", Credentials::Anonymous);
    let image = Builder::new().layer(Layer::new().file("a", "b")).build();
    let tag = Reference::Tag("1".parse().unwrap());
    let problem =
        client.put_manifest(&tag, media_type::OCI_IMAGE, image.manifest.bytes.clone()).await.unwrap_err();
    assert!(matches!(problem.code(), "MANIFEST_BLOB_UNKNOWN" | "BLOB_UNKNOWN"), "{problem}");
}

#[tokio::test]
async fn quay_is_asked_as_it_wants_to_be() {
    let quay = QuayStub::builder().immutable_tags().start();
    let password = quay.create_robot("acme+builder", &[("acme/app", "write"), ("acme/base", "write")]);
    let robot = || user("acme+builder", &password);
    let base = client(&quay.host(), "acme/base", robot());
    let app = client(&quay.host(), "acme/app", robot());
    let image = Builder::new().layer(Layer::new().file("a", "b")).build();
    for blob in &image.blobs {
        let descriptor =
            Descriptor::new(blob.media_type.clone(), blob.digest.parse().unwrap(), blob.bytes.len() as u64);
        let bytes = blob.bytes.clone();
        let body = move |range: std::ops::Range<u64>| {
            Body::from(bytes.slice(range.start as usize..range.end as usize))
        };
        assert_eq!(base.upload(&descriptor, None, body.clone()).await.unwrap(), Uploaded::Sent);
        assert_eq!(app.upload(&descriptor, Some("acme/base"), body).await.unwrap(), Uploaded::Mounted);
    }
    let tag = Reference::Tag("1".parse().unwrap());
    app.put_manifest(&tag, &image.manifest.media_type, image.manifest.bytes.clone()).await.unwrap();
    assert_eq!(app.head(&tag).await.unwrap().unwrap().digest.as_str(), image.digest());
    let nothing = app.referrers(&Digest::sha256(b"unknown"), None).await.unwrap();
    assert_eq!(nothing, [], "Quay answers 400 for an unknown digest");

    quay.expire_tokens();
    assert!(app.head(&tag).await.unwrap().is_some(), "a new token is fetched");
    app.delete_manifest(&image.digest().parse().unwrap()).await.unwrap();
    assert_eq!(app.head(&tag).await.unwrap(), None);
}

#[tokio::test]
async fn reading_from_quay_makes_no_repository() {
    let quay = QuayStub::start();
    let password = quay.create_robot("acme+creator", &[]);
    quay.create_team("acme", "creators", &["acme+creator"]);
    let client = client(&quay.host(), "acme/new", user("acme+creator", &password));
    let outcome = client.head(&Reference::Tag("1".parse().unwrap())).await;
    assert!(!matches!(outcome, Ok(Some(_))));
    assert!(quay.repository("acme/new").is_none());
}
