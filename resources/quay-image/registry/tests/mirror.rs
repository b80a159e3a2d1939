//! A mirror before a registry.

use oci_registry::{Client, Credentials, Descriptor, Mirror, Reference, Settings, Tag};
use stack::image::{self, Builder, Content, Layer};
use stack::{Fault, FaultProxy, On, Registry};

struct Pair {
    mirror: Registry,
    origin: Registry,
    before_mirror: FaultProxy,
    before_origin: FaultProxy,
    client: Client,
}

fn pair() -> Pair {
    let (mirror, origin) = (Registry::plain(), Registry::plain());
    let (before_mirror, before_origin) = (FaultProxy::in_front_of(&mirror), FaultProxy::in_front_of(&origin));
    let repository = |proxy: &FaultProxy| format!("{}/acme/app", proxy.host()).parse().unwrap();
    let settings = Settings {
        mirror: Some(Mirror { repository: repository(&before_mirror), credentials: Credentials::Anonymous }),
        ..Settings::default()
    };
    let client = Client::new(repository(&before_origin), settings).unwrap();
    Pair { mirror, origin, before_mirror, before_origin, client }
}

fn sample(name: &str) -> Content {
    Builder::new().layer(Layer::new().file(name, image::noise(9, 1_000_000))).build()
}

fn tag(text: &str) -> Reference {
    Reference::Tag(text.parse().unwrap())
}

async fn read(client: &Client, blob: &image::Blob) -> Vec<u8> {
    let size = blob.bytes.len() as u64;
    let descriptor = Descriptor::new(blob.media_type.clone(), blob.digest.parse().unwrap(), size);
    let mut reader = client.blob(&descriptor).verified();
    let mut bytes = Vec::new();
    while let Some(piece) = reader.chunk().await.unwrap() {
        bytes.extend_from_slice(&piece);
    }
    bytes
}

#[tokio::test]
async fn what_the_mirror_has_is_read_there() {
    let pair = pair();
    let image = sample("a");
    image.push(&pair.mirror, "acme/app", "1");
    assert!(pair.client.manifest(&tag("1")).await.unwrap().is_some());
    assert_eq!(pair.client.tags().await.unwrap(), ["1".parse::<Tag>().unwrap()]);
    assert_eq!(read(&pair.client, &image.blobs[0]).await, image.blobs[0].bytes);
    assert!(pair.before_origin.requests().is_empty(), "{:?}", pair.before_origin.requests());
}

#[tokio::test]
async fn what_the_mirror_lacks_is_read_from_the_registry() {
    let pair = pair();
    let (old, new) = (sample("old"), sample("new"));
    old.push(&pair.mirror, "acme/app", "1");
    new.push(&pair.origin, "acme/app", "2");
    let head = async |name| pair.client.head(&tag(name)).await.unwrap().map(|found| found.digest.to_string());
    assert_eq!(head("1").await.as_deref(), Some(old.digest()));
    assert_eq!(head("2").await.as_deref(), Some(new.digest()));
    assert_eq!(head("3").await, None);
}

#[tokio::test]
async fn a_mirror_without_the_repository_lists_nothing() {
    let pair = pair();
    sample("a").push(&pair.origin, "acme/app", "1");
    assert_eq!(pair.client.tags().await.unwrap(), ["1".parse::<Tag>().unwrap()]);
}

#[tokio::test]
async fn a_mirror_that_fails_is_asked_no_more() {
    let pair = pair();
    let image = sample("a");
    image.push(&pair.origin, "acme/app", "1");
    pair.before_mirror.inject(On::path("/manifests/"), Fault::status(401));
    assert!(pair.client.head(&tag("1")).await.unwrap().is_some());
    pair.before_mirror.forget_requests();
    assert!(pair.client.head(&tag("1")).await.unwrap().is_some());
    assert_eq!(read(&pair.client, &image.blobs[0]).await, image.blobs[0].bytes);
    assert!(pair.before_mirror.requests().is_empty());
}

#[tokio::test]
async fn a_blob_that_breaks_off_at_the_mirror_is_read_on_from_the_registry() {
    let pair = pair();
    let image = sample("a");
    image.push(&pair.mirror, "acme/app", "1");
    image.push(&pair.origin, "acme/app", "1");
    pair.before_mirror.inject(On::get("/blobs/").once(), Fault::ResetAfter(300_000));
    pair.before_mirror.inject(On::get("/blobs/"), Fault::status(404));
    assert_eq!(read(&pair.client, &image.blobs[0]).await, image.blobs[0].bytes);
    assert!(!pair.before_origin.requests().is_empty());
}

#[tokio::test]
async fn writing_goes_to_the_registry_alone() {
    let pair = pair();
    let body =
        |range: std::ops::Range<u64>| kit::http::Body::from(vec![7_u8; (range.end - range.start) as usize]);
    let content = vec![7_u8; 100];
    let descriptor = Descriptor::new("x/y", oci_registry::Digest::sha256(&content), 100);
    pair.client.upload(&descriptor, None, body).await.unwrap();
    assert!(pair.client.blob_exists(&descriptor.digest).await.unwrap());
    assert!(pair.before_mirror.requests().is_empty());
}
