//! A scan gate: an image with a critical finding is stopped before it gets a tag, and the fixed one is let through.

use std::path::Path;

use serde_json::{Value, json};
use stack::image::{Builder, Content, Layer};
use stack::quay_stub::{Finding, Scan};
use stack::{Folder, QuayStub};

use crate::narrator::Narrator;
use crate::resource::Resource;

const REPOSITORY: &str = "acme/shop";

pub(crate) fn play(narrator: &Narrator) -> Result<(), String> {
    narrator.scene("quay-image at Quay: a scan gate before the release tags");
    let stub = QuayStub::start();
    let folder = Folder::new("gate");
    narrator.say(format_args!(
        "On {} listens the stub of Quay that the tests use: its API's answers are those of a real Quay, a real registry \
         is behind it, and what the scanner finds is invented.",
        stub.host()
    ));
    let flawed = build(&stub, folder.path(), "flawed", "openssl 3.0.1");
    let fixed = build(&stub, folder.path(), "fixed", "openssl 3.0.2");
    let openssl =
        |name: &str, severity: &str, version: &str| Finding::new(name, severity, "openssl", version);
    let critical = openssl("CVE-2026-0001", "Critical", "3.0.1").fixed_by("3.0.2").score(9.8);
    let low = |version: &str| openssl("CVE-2026-0002", "Low", version);
    stub.set_scan(REPOSITORY, flawed.digest(), Scan::Scanned(vec![critical, low("3.0.1")]));
    stub.set_scan(REPOSITORY, fixed.digest(), Scan::Scanned(vec![low("3.0.2")]));

    let token = stub.oauth_token("repo:read repo:write");
    let source = json!({
        "repository": format!("{}/{REPOSITORY}", stub.host()), "quay": {"url": stub.api_url(), "token": token},
        "scan": {"tolerate": "medium"}, "semver_constraint": "^1",
    });
    let quay = Resource::new(narrator, "quay-image", source);
    narrator.say("An image with a critical finding is pushed as 1.0.0 and latest. Its scan is judged before any tag moves:");
    quay.put_that_fails(folder.path(), params("flawed"))?;
    let versions = quay.check(None)?;
    if versions != json!([]) {
        return Err(format!("a tag moved all the same: {versions}"));
    }
    narrator.say(
        "No tag moved: check finds no version. The package is updated, and the fixed image is let through:",
    );
    let pushed = quay.put(folder.path(), params("fixed"))?;
    narrator.output(&pushed.to_string());
    narrator.say("What Concourse would see:");
    let versions = quay.check(None)?;
    if versions[0]["digest"] == fixed.digest() { Ok(()) } else { Err(format!("found {versions}")) }
}

fn params(image: &str) -> Value {
    json!({"image": image, "version": "1.0.0", "bump_aliases": true, "tag_expiry": "4w"})
}

/// Builds an image as a layout, which the scanner has seen on a branch already.
fn build(stub: &QuayStub, folder: &Path, name: &str, packages: &str) -> Content {
    let layer = Layer::new().directory("etc").file("etc/packages", packages);
    let image = Builder::new().layer(layer).label("name", name).build();
    image.write_layout(&folder.join(name), "built");
    image.push(stub, REPOSITORY, &format!("branch-{name}"));
    image
}
