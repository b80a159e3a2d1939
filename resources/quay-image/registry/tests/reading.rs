//! Reading from the real registry, in each of its kinds.

use oci_registry::{
    Basic, Client, Content, Credentials, Descriptor, Digest, Platform, Reference, Repository, Settings, Tag,
};
use serde_json::json;
use stack::image::{self, Artifact, Builder, Index, Layer};
use stack::registry::TokenAuth;
use stack::{Fault, FaultProxy, On, QuayStub, Registry};

fn repository(host: &str, path: &str) -> Repository {
    format!("{host}/{path}").parse().unwrap()
}

fn anonymous(host: &str, path: &str) -> Client {
    Client::new(repository(host, path), Settings::default()).unwrap()
}

fn tag(text: &str) -> Reference {
    Reference::Tag(text.parse().unwrap())
}

fn by_digest(text: &str) -> Reference {
    Reference::Digest(text.parse().unwrap())
}

fn linux(architecture: &str) -> Platform {
    Platform::named(Some("linux"), Some(architecture))
}

async fn read_all(client: &Client, blob: &image::Blob) -> Vec<u8> {
    let digest: Digest = blob.digest.parse().unwrap();
    let descriptor = Descriptor::new(blob.media_type.clone(), digest, blob.bytes.len() as u64);
    let mut reader = client.blob(&descriptor).verified();
    let mut bytes = Vec::new();
    while let Some(piece) = reader.chunk().await.unwrap() {
        bytes.extend_from_slice(&piece);
    }
    bytes
}

#[tokio::test]
async fn every_kind_of_registry_gives_the_same() {
    let layer = Layer::new().file("etc/motd", image::noise(1, 300_000));
    let image = Builder::new().layer(layer).label("team", "a").build();
    let kinds = [
        ("plain", Registry::plain()),
        ("tls", Registry::builder().tls().start()),
        ("htpasswd", Registry::builder().tls().htpasswd("ann", "right").start()),
        ("tokens", Registry::builder().token_auth(TokenAuth::user("ann", "right")).start()),
    ];
    for (kind, registry) in kinds {
        image.push(&registry, "acme/app", "1.2.3");
        let credentials = match registry.user() {
            Some((name, password)) => {
                Credentials::Basic(Basic { username: name.into(), password: password.into() })
            }
            None => Credentials::Anonymous,
        };
        let ca_certs = registry.ca_pem().into_iter().collect();
        let settings = Settings { ca_certs, credentials, ..Settings::default() };
        let client = Client::new(repository(&registry.host(), "acme/app"), settings).unwrap();

        let head = client.head(&tag("1.2.3")).await.unwrap().expect(kind);
        assert_eq!(head.digest.as_str(), image.digest(), "{kind}");
        assert_eq!(head.size, image.manifest.bytes.len() as u64, "{kind}");
        assert_eq!(client.tags().await.unwrap(), ["1.2.3".parse::<Tag>().unwrap()], "{kind}");
        let manifest = client.manifest(&Reference::Digest(head.digest)).await.unwrap().expect(kind);
        assert_eq!(manifest.raw, image.manifest.bytes, "{kind}");
        let config = client.config(&manifest).await.unwrap();
        let labels = config.file.config.and_then(|config| config.labels).unwrap_or_default();
        assert_eq!(labels.get("team").map(String::as_str), Some("a"), "{kind}");
        assert_eq!(read_all(&client, &image.blobs[0]).await, image.blobs[0].bytes, "{kind}");
        assert!(client.blob_exists(&image.blobs[0].digest.parse().unwrap()).await.unwrap(), "{kind}");
    }
}

#[tokio::test]
async fn what_is_not_there_is_no_error() {
    let registry = Registry::plain();
    Builder::new().build().push(&registry, "acme/app", "1.2.3");
    let client = anonymous(&registry.host(), "acme/app");
    let missing = by_digest(&format!("sha256:{}", "0".repeat(64)));
    for reference in [tag("9.9.9"), missing] {
        assert_eq!(client.head(&reference).await.unwrap(), None, "{reference}");
        assert!(client.manifest(&reference).await.unwrap().is_none(), "{reference}");
    }
    assert!(!client.blob_exists(&Digest::sha256(b"nothing")).await.unwrap());
    let nowhere = anonymous(&registry.host(), "acme/none");
    assert_eq!(nowhere.head(&tag("1")).await.unwrap(), None);
    assert!(nowhere.tags().await.unwrap_err().is_not_found());
}

#[tokio::test]
async fn an_image_is_taken_out_of_indexes_by_platform() {
    let registry = Registry::plain();
    let of = |platform: &str| Builder::new().platform(platform).label("platform", platform).build();
    let (amd, arm, s390x) = (of("linux/amd64"), of("linux/arm64/v8"), of("linux/s390x"));
    let inner = Index::of([s390x.clone()]).build();
    let index = Index::of([amd.clone(), arm.clone(), inner]).build();
    index.push(&registry, "acme/app", "1");
    amd.push(&registry, "acme/app", "single");
    let client = anonymous(&registry.host(), "acme/app");
    for (architecture, expected) in [("amd64", &amd), ("arm64", &arm), ("s390x", &s390x)] {
        let image = client.image(&tag("1"), &linux(architecture)).await.unwrap().unwrap();
        assert_eq!(image.digest.as_str(), expected.digest(), "{architecture}");
    }
    let single = client.image(&tag("single"), &linux("riscv64")).await.unwrap().unwrap();
    assert_eq!(single.digest.as_str(), amd.digest(), "an image that stands alone is taken as it is");
    let problem = kit::Error::from(client.image(&tag("1"), &linux("riscv64")).await.unwrap_err());
    assert!(problem.to_string().contains("no image for linux/riscv64"), "{problem}");
    assert!(problem.to_string().contains("linux/amd64, linux/arm64/v8"), "{problem}");
    assert!(client.image(&tag("none"), &linux("amd64")).await.unwrap().is_none());
}

#[tokio::test]
async fn artifacts_are_told_from_images() {
    let registry = Registry::plain();
    let subject = Builder::new().build();
    subject.push(&registry, "acme/app", "1");
    Artifact::new("application/vnd.example")
        .subject(&subject)
        .build()
        .push(&registry, "acme/app", "artifact");
    Builder::new().docker().build().push(&registry, "acme/app", "docker");
    let client = anonymous(&registry.host(), "acme/app");
    let artifact = client.manifest(&tag("artifact")).await.unwrap().unwrap();
    let Content::Artifact(parts) = &artifact.content else { panic!("{:?}", artifact.content) };
    assert_eq!(parts.subject.as_ref().unwrap().digest.as_str(), subject.digest());
    let problem = kit::Error::from(client.config(&artifact).await.unwrap_err());
    assert!(problem.to_string().contains("no image"), "{problem}");
    let docker = client.manifest(&tag("docker")).await.unwrap().unwrap();
    assert!(matches!(docker.content, Content::Image(_)));
}

#[tokio::test]
async fn schema_1_is_refused_by_name() {
    let registry = Registry::plain();
    let proxy = FaultProxy::in_front_of(&registry);
    let old = json!({"schemaVersion": 1, "name": "acme/app", "tag": "1", "fsLayers": []}).to_string();
    let media_type = "application/vnd.docker.distribution.manifest.v1+prettyjws";
    let answer = stack::fault_proxy::Answer::new(200).body(media_type, old);
    proxy.inject(On::get("/manifests/"), Fault::Answer(answer));
    let client = anonymous(&proxy.host(), "acme/app");
    let problem = kit::Error::from(client.manifest(&tag("1")).await.unwrap_err());
    assert!(problem.to_string().contains("schema 1"), "{problem}");
    assert!(problem.advice().is_some());
}

#[tokio::test]
async fn a_manifest_is_read_where_head_gives_no_digest() {
    let registry = Registry::plain();
    let image = Builder::new().build();
    image.push(&registry, "acme/app", "1");
    for status in [200, 405, 403] {
        let proxy = FaultProxy::in_front_of(&registry);
        proxy.inject(On::head("/manifests/"), Fault::status(status));
        let client = anonymous(&proxy.host(), "acme/app");
        let head = client.head(&tag("1")).await.unwrap().unwrap();
        assert_eq!(head.digest.as_str(), image.digest(), "{status}");
    }
}

#[tokio::test]
async fn every_page_of_a_list_is_read() {
    // Quay gives a hundred tags at a time, and names the next page without its host.
    let quay = QuayStub::start();
    let password = quay.create_robot("acme+reader", &[("acme/app", "read")]);
    let tags: Vec<String> = (0..250).map(|number| format!("t{number:03}")).collect();
    Builder::new().build().push_tags(&quay, "acme/app", &tags);
    let credentials =
        Credentials::Basic(Basic { username: "acme+reader".into(), password: password.as_str().into() });
    let settings = Settings { credentials, ..Settings::default() };
    let client = Client::new(repository(&quay.host(), "acme/app"), settings).unwrap();
    let mut listed: Vec<String> = client.tags().await.unwrap().iter().map(Tag::to_string).collect();
    listed.sort_unstable();
    assert_eq!(listed, tags);
}
