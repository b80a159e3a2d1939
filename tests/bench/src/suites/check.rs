//! Checking: one tag, and a thousand.

use std::time::Duration;

use serde_json::json;
use stack::{FaultProxy, Registry, image};

use super::available;
use crate::command::Measured;
use crate::measure::median;
use crate::table::{self, Table};

const RUNS: usize = 15;
const LATENCY: Duration = Duration::from_millis(20);

pub(super) fn run() -> Result<(), String> {
    one_tag()?;
    thousand_tags()
}

fn one_tag() -> Result<(), String> {
    let registry = Registry::builder().tls().start();
    image::Builder::new().layer(image::Layer::new().file("a", "a")).build().push(
        &registry,
        "bench/one",
        "1.0.0",
    );
    let (host, ca) = (registry.host(), registry.ca_pem().unwrap_or_default());
    let reference = format!("{host}/bench/one:1.0.0");
    let payload =
        json!({"source": {"repository": format!("{host}/bench/one"), "tag": "1.0.0", "ca_certs": [ca]}});
    let mut commands = vec![
        Measured::step("quay-image check", "quay-image", "check", None, &payload),
        Measured::program("crane digest", stack::binary("crane"), &["digest", "--insecure", &reference]),
    ];
    if available("skopeo") {
        let url = format!("docker://{reference}");
        let arguments = ["inspect", "--tls-verify=false", "--no-tags", "--format", "{{.Digest}}", &url];
        commands.push(Measured::program("skopeo inspect", "skopeo", &arguments));
    }
    let mut table = Table::new("check of one tag, TLS on loopback");
    for command in commands {
        table.add(&command.label, median(&command, RUNS, || Ok(()))?);
    }
    table.print();
    Ok(())
}

fn thousand_tags() -> Result<(), String> {
    let registry = Registry::plain();
    let image = image::Builder::new().layer(image::Layer::new().file("a", "a")).build();
    let tags: Vec<String> = (0..1000).map(|number| format!("1.{}.{}", number / 50, number % 50)).collect();
    image.push_tags(&registry, "bench/many", &tags);
    let proxy = FaultProxy::builder(&registry).latency(LATENCY).start();
    let repository = format!("{}/bench/many", proxy.host());
    let payload = json!({"source": {"repository": repository}});
    let crane = stack::binary("crane").display().to_string();
    let one_by_one = format!(
        "for tag in $({crane} ls --insecure {repository}); do {crane} digest --insecure {repository}:$tag; done"
    );
    let mut table = Table::new("check of 1,000 semver tags, 20 ms added to each request");
    let ours = Measured::step("quay-image check", "quay-image", "check", None, &payload);
    table.add(&ours.label, median(&ours, 3, || Ok(()))?);
    let (requests, most) = (proxy.requests().len() / 3, proxy.max_in_flight());
    let theirs = Measured::shell("crane ls, crane digest one by one", &one_by_one);
    table.add(&theirs.label, median(&theirs, 1, || Ok(()))?);
    table.print();
    table::note(&format!("\nquay-image made {requests} requests a check, at most {most} at once."));
    Ok(())
}
