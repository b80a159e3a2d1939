//! A check of a thousand tags at Quay: by its API, by our HEADs, and one by one. Quay is the stub of tests/stack.

use std::time::Duration;

use serde_json::{Value, json};
use stack::{FaultProxy, QuayStub, image};

use crate::command::Measured;
use crate::measure::median;
use crate::table::{self, Table};

const LATENCY: Duration = Duration::from_millis(20);
const REPOSITORY: &str = "acme/app";
const TAGS: usize = 1000;
const RUNS: usize = 3;

pub(super) fn run() -> Result<(), String> {
    let stub = QuayStub::start();
    let image = image::Builder::new().layer(image::Layer::new().file("a", "a")).build();
    let tags: Vec<String> = (0..TAGS).map(|number| format!("1.{}.{}", number / 50, number % 50)).collect();
    image.push_tags(&stub, REPOSITORY, &tags);
    let token = stub.oauth_token("repo:read");
    let proxy = FaultProxy::builder(&stub).latency(LATENCY).start();
    let repository = format!("{}/{REPOSITORY}", proxy.host());

    let by_api = json!({"repository": repository, "quay": {"url": proxy.url(), "token": token}});
    let by_registry = json!({"repository": repository, "username": "$oauthtoken", "password": token});
    let ours = check("quay-image check, by Quay's API", &by_api);
    let heads = check("quay-image check, by HEADs, 32 at once", &by_registry);
    let one_by_one = Measured::shell("curl, list and HEAD one by one", &curl(&proxy, &stub, &token));

    let mut table = Table::new("check of 1,000 tags at Quay (the stub), 20 ms added to each request");
    let mut counts = Vec::new();
    for (command, runs) in [(ours, RUNS), (heads, RUNS), (one_by_one, 1)] {
        proxy.forget_requests();
        table.add(&command.label, median(&command, runs, || Ok(()))?);
        counts.push(format!("{}: {} requests", command.label, proxy.requests().len() / runs));
    }
    table.print();
    table::note(&format!("\n{}.", counts.join("; ")));
    Ok(())
}

fn check(label: &str, source: &Value) -> Measured {
    Measured::step(label, "quay-image", "check", None, &json!({ "source": source }))
}

/// What people script: a token, the pages of tags, and then each tag's digest.
fn curl(proxy: &FaultProxy, stub: &QuayStub, token: &str) -> String {
    let (url, service) = (proxy.url(), stub.host());
    let accept = "application/vnd.oci.image.index.v1+json, application/vnd.oci.image.manifest.v1+json";
    format!(
        "headers=$(mktemp); \
         scope=repository:{REPOSITORY}:pull; \
         token=$(curl -sf -u '$oauthtoken:{token}' \"{}/v2/auth?service={service}&scope=$scope\" | jq -r .token); \
         get() {{ curl -sf -H \"Authorization: Bearer $token\" \"$@\"; }}; \
         next=/v2/{REPOSITORY}/tags/list; \
         while [ -n \"$next\" ]; do \
           page=$(get -D \"$headers\" \"{url}$next\"); \
           next=$(sed -n 's/^[Ll]ink: <\\([^>]*\\)>.*/\\1/p' \"$headers\"); \
           for tag in $(echo \"$page\" | jq -r '.tags[]'); do \
             get -I -o /dev/null -H 'Accept: {accept}' \"{url}/v2/{REPOSITORY}/manifests/$tag\"; \
           done; \
         done; rm -f \"$headers\"",
        stub.url()
    )
}
