//! The main cases on a real Quay, named by `QUAY_URL`, `QUAY_TOKEN` and `QUAY_ORGANISATION`. Skipped, and said so,
//! without them.

use std::io::Write;
use std::process::Command;

use acceptance::Resource;
use serde_json::{Value, json};
use stack::{Folder, QuayStub};

use crate::place::{EVERYTHING, image};

/// A Quay that is not ours, and a repository there for one run.
struct Real {
    quay: Resource,
    inputs: Folder,
}

impl Real {
    /// Returns `None` where no Quay is named.
    fn new(test: &str) -> Option<Self> {
        let variable = |name: &str| std::env::var(name).ok().filter(|value| !value.is_empty());
        let named = variable("QUAY_URL").zip(variable("QUAY_TOKEN")).zip(variable("QUAY_ORGANISATION"));
        let Some(((url, token), organisation)) = named else {
            let line =
                format!("{test}: skipped, since QUAY_URL, QUAY_TOKEN and QUAY_ORGANISATION name no Quay\n");
            // Not captured, so that nobody takes it for passed.
            let _ = std::io::stderr().write_all(line.as_bytes());
            return None;
        };
        let host = url.split_once("://").map_or(url.as_str(), |(_, rest)| rest).trim_end_matches('/');
        let source = json!({
            "repository": format!("{host}/{organisation}/quayside-test-{test}"),
            "insecure": url.starts_with("http://"), "quay": {"url": url, "token": token},
        });
        let real = Self { quay: Resource::new("quay-image", source), inputs: Folder::new("real") };
        real.put(&json!({"action": "ensure-repository", "settings": {"description": "made by a test of quayside"}}));
        Some(real)
    }

    #[track_caller]
    fn put(&self, params: &Value) -> Value {
        self.quay.put(self.inputs.path(), params).json()
    }

    fn push(&self, name: &str, version: &str, extra: &Value) -> Value {
        image(name).write_layout(&self.inputs.path().join(name), "built");
        let mut params = json!({"image": name, "version": version, "tag_expiry": "1d"});
        params.as_object_mut().unwrap().extend(extra.as_object().unwrap().clone());
        self.put(&params)
    }
}

#[test]
fn tags_expire_and_are_listed_by_the_api() {
    let Some(real) = Real::new("tags") else { return };
    real.push("a", "1.0.0", &json!({"quay_labels": {"team": "quayside"}}));
    real.push("b", "1.1.0", &json!({"expires_after": "2d"}));
    let outcome = real.quay.check(None);
    assert!(!outcome.stderr.contains("asking the registry"), "{}", outcome.stderr);
    let versions = outcome.json();
    let tags: Vec<&Value> = versions.as_array().unwrap().iter().map(|version| &version["tag"]).collect();
    assert!(tags.contains(&&json!("1.0.0")) && tags.contains(&&json!("1.1.0")), "{versions}");
    let folder = Folder::new("real-get");
    let version = json!({"tag": "1.0.0", "digest": image("a").digest()});
    real.quay.get(folder.path(), &version, &json!({})).json();
    let read = |name: &str| std::fs::read_to_string(folder.path().join(name)).unwrap();
    assert!(read("expiry").ends_with('Z') && read("labels.json").contains("quayside"));
    assert!(read("history.json").contains(image("a").digest()));
}

#[test]
fn a_tag_goes_back() {
    let Some(real) = Real::new("restore") else { return };
    real.push("a", "1.0.0", &json!({}));
    real.push("b", "1.0.0", &json!({}));
    let restore = json!({"tag": "1.0.0", "digest": image("a").digest()});
    let result = real.put(&json!({"action": "restore", "restore": restore}));
    assert_eq!(result["version"]["digest"], image("a").digest());
}

#[test]
fn tags_are_deleted_by_rule() {
    let Some(real) = Real::new("delete") else { return };
    real.push("a", "1.0.0", &json!({}));
    real.push("b", "9.0.0", &json!({}));
    real.put(&json!({"action": "delete-tags", "delete_tags": {"tag_regex": "^9\\.", "dry_run": false}}));
    let versions = real.quay.check(None).json().to_string();
    assert!(versions.contains("1.0.0") && !versions.contains("9.0.0"), "{versions}");
}

#[test]
fn a_set_up_is_applied_once() {
    let Some(real) = Real::new("set-up") else { return };
    let prune = json!([{"keep_last": 50, "tag_regex": "^pr-"}]);
    let params =
        json!({"action": "ensure-repository", "settings": {"visibility": "private", "prune": prune}});
    real.put(&params);
    let again = real.quay.put(real.inputs.path(), &params);
    assert!(again.succeeded && again.stderr.contains("is as declared"), "{}", again.stderr);
}

#[test]
fn a_scan_is_judged() {
    let Some(real) = Real::new("scan") else { return };
    real.push("a", "1.0.0", &json!({}));
    let scan = json!({"tolerate": "critical", "unavailable": "warn", "wait": "5m"});
    let outcome = real.quay.put(real.inputs.path(), &json!({"action": "scan", "tag": "1.0.0", "scan": scan}));
    // A Quay without a scanner leaves scans in its queue.
    assert!(outcome.succeeded || outcome.error().contains("the scan is not done"), "{}", outcome.stderr);
}

/// Keeps the cases above from being wrong where nobody names a Quay.
#[test]
fn these_cases_hold_on_the_stub() {
    let stub = QuayStub::start();
    let output = Command::new(std::env::current_exe().unwrap())
        .args(["real::", "--skip", "these_cases", "--skip", "a_scan"])
        .env("QUAY_URL", stub.url())
        .env("QUAY_TOKEN", stub.oauth_token(EVERYTHING))
        .env("QUAY_ORGANISATION", "acme")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&output.stdout).into_owned();
    assert!(output.status.success() && said.contains("4 passed"), "{said}");
}
