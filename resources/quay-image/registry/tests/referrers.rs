//! What refers to a manifest, with and without the referrers API.

use oci_registry::{Client, Digest, Reference, Settings};
use serde_json::json;
use stack::image::{Artifact, Builder, Content, Index};
use stack::{Fault, FaultProxy, On, Registry};

const SIGNATURE: &str = "application/vnd.dev.sigstore.bundle.v0.3+json";

fn client(host: &str) -> Client {
    Client::new(format!("{host}/acme/app").parse().unwrap(), Settings::default()).unwrap()
}

fn signature(image: &Content) -> Content {
    Artifact::new(SIGNATURE).subject(image).build()
}

async fn found(client: &Client, image: &Content, kind: Option<&str>) -> Vec<String> {
    let digest: Digest = image.digest().parse().unwrap();
    let found = client.referrers(&digest, kind).await.unwrap();
    found.into_iter().map(|entry| entry.digest.to_string()).collect()
}

#[tokio::test]
async fn referrers_are_found_by_the_tag_that_stands_for_them() {
    let registry = Registry::plain();
    let image = Builder::new().build();
    image.push(&registry, "acme/app", "1");
    let client = client(&registry.host());
    assert_eq!(found(&client, &image, None).await, Vec::<String>::new(), "none yet");
    let (signature, other) = (signature(&image), Artifact::new("text/x").subject(&image).build());
    Index::of([signature.clone(), other.clone()]).build().push(
        &registry,
        "acme/app",
        &image.digest().replace(':', "-"),
    );
    assert_eq!(found(&client, &image, None).await, [signature.digest(), other.digest()]);
    assert_eq!(found(&client, &image, Some(SIGNATURE)).await, [signature.digest()]);
}

#[tokio::test]
async fn referrers_are_found_by_the_api_over_its_pages() {
    let registry = Registry::plain();
    let image = Builder::new().build();
    let proxy = FaultProxy::in_front_of(&registry);
    let (first, second) = (signature(&image), Artifact::new("text/x").subject(&image).build());
    let page = |content: &Content| {
        let index = json!({"schemaVersion": 2, "mediaType": "application/vnd.oci.image.index.v1+json",
            "manifests": [content.descriptor()]});
        stack::fault_proxy::Answer::new(200)
            .body("application/vnd.oci.image.index.v1+json", index.to_string())
    };
    let next = format!("</v2/acme/app/referrers/{}?page=2>; rel=\"next\"", image.digest());
    proxy.inject(On::get("page=2"), Fault::Answer(page(&second)));
    proxy.inject(On::get("/referrers/"), Fault::Answer(page(&first).header("link", &next)));
    let client = client(&proxy.host());
    assert_eq!(found(&client, &image, None).await, [first.digest(), second.digest()]);
    assert_eq!(found(&client, &image, Some(SIGNATURE)).await, [first.digest()]);
    assert!(
        proxy.requests().iter().any(|request| request.path.contains("artifactType=application%2Fvnd.dev"))
    );
}

/// The real registry has no referrers API; the answer of one that has is given by the proxy.
#[tokio::test]
async fn a_referrer_that_is_written_is_listed() {
    let registry = Registry::plain();
    let image = Builder::new().build();
    image.push(&registry, "acme/app", "1");
    let subject: Digest = image.digest().parse().unwrap();
    let (first, second) = (signature(&image), Artifact::new("text/x").subject(&image).build());
    for content in [&first, &second] {
        content.push(&registry, "acme/app", "pushed");
    }
    let client = client(&registry.host());
    for content in [&first, &second, &first] {
        let digest: Digest = content.digest().parse().unwrap();
        let manifest = client.manifest(&Reference::Digest(digest)).await.unwrap().unwrap();
        client.put_referrer(&manifest, &subject).await.unwrap();
    }
    let listed = client.referrers(&subject, None).await.unwrap();
    let kinds: Vec<_> = listed.iter().map(|entry| entry.artifact_type.as_deref().unwrap()).collect();
    assert_eq!(kinds, [SIGNATURE, "text/x"], "each once");

    let proxy = FaultProxy::in_front_of(&registry);
    let created = stack::fault_proxy::Answer::new(201).header("oci-subject", image.digest());
    proxy.inject(On::put("/manifests/"), Fault::Answer(created));
    let digest: Digest = first.digest().parse().unwrap();
    let manifest = client.manifest(&Reference::Digest(digest)).await.unwrap().unwrap();
    self::client(&proxy.host()).put_referrer(&manifest, &subject).await.unwrap();
    let puts = proxy.requests().iter().filter(|request| request.method == "PUT").count();
    assert_eq!(puts, 1, "a registry with the API needs no tag");
}
