//! Every state that a release can be in: what check and get say is what Helm itself says.

use serde_json::{Value, json};

use crate::place::{Place, cluster, read};

/// How a state comes about, as a person makes it with Helm.
type Make = fn(&Place, helm: &str);

fn install(place: &Place, helm: &str) {
    let chart = crate::place::charts().join("shop").display().to_string();
    let (done, text) = place.helm(helm, &["upgrade", "--install", "web", &chart]);
    assert!(done, "{text}");
}

fn fail(place: &Place, helm: &str) {
    install(place, helm);
    let chart = crate::place::charts().join("shop").display().to_string();
    let broken = ["upgrade", "web", &chart, "--set", "plays=unready", "--wait", "--timeout", "1s"];
    assert!(!place.helm(helm, &broken).0, "the upgrade should fail");
}

fn fail_at_first(place: &Place, helm: &str) {
    let chart = crate::place::charts().join("shop").display().to_string();
    let broken =
        ["upgrade", "--install", "web", &chart, "--set", "plays=unready", "--wait", "--timeout", "1s"];
    assert!(!place.helm(helm, &broken).0, "the install should fail");
}

fn rollback(place: &Place, helm: &str) {
    install(place, helm);
    install(place, helm);
    assert!(place.helm(helm, &["rollback", "web", "1"]).0);
}

fn uninstall_keeping_history(place: &Place, helm: &str) {
    install(place, helm);
    assert!(place.helm(helm, &["uninstall", "web", "--keep-history"]).0);
}

/// A writer that was killed: its record says so, in the label and in the body.
fn forge(place: &Place, helm: &str, state: &str) {
    install(place, helm);
    crate::puts::make_pending(place, "web", 1, state);
}

/// Each state that a newest revision can have, and how it comes about.
const STATES: [(&str, Make); 10] = [
    ("deployed", install),
    ("failed", fail),
    ("failed", fail_at_first),
    ("deployed", rollback),
    ("uninstalled", uninstall_keeping_history),
    ("uninstalling", |place, helm| forge(place, helm, "uninstalling")),
    ("pending-install", |place, helm| forge(place, helm, "pending-install")),
    ("pending-upgrade", |place, helm| forge(place, helm, "pending-upgrade")),
    ("pending-rollback", |place, helm| forge(place, helm, "pending-rollback")),
    ("unknown", |place, helm| forge(place, helm, "unknown")),
];

#[test]
fn check_and_get_say_what_helm_says() {
    for helm in ["helm3", "helm4"] {
        for (position, (state, make)) in STATES.iter().enumerate() {
            let place = Place::new();
            make(&place, helm);
            compare(&place, state, &format!("{helm}, {state} ({position})"));
        }
    }
}

/// Compares check with `helm list` and `helm history`, and a get of each revision with `helm status` and `helm get`.
fn compare(place: &Place, state: &str, case: &str) {
    // Helm 4 lists no release that was uninstalled, whatever it is asked.
    let (done, listed) = place.helm("helm3", &["list", "--all", "--output", "json"]);
    assert!(done, "{case}: {listed}");
    let listed: Value = serde_json::from_str(&listed).unwrap();
    let history = place.helm_json(&["history", "web"]);
    let revisions = history.as_array().unwrap();
    let newest = revisions.last().unwrap();
    assert_eq!(newest["status"], *state, "{case}");

    let versions = place.check(None);
    assert_eq!(versions.as_array().unwrap().len(), 1, "{case}: {versions}");
    let version = &versions[0];
    // An unknown state is the one that no `helm list` shows.
    if state != "unknown" {
        assert_eq!(version["release"], listed[0]["name"], "{case}");
        assert_eq!(version["revision"], listed[0]["revision"], "{case}");
        assert_eq!(version["status"], listed[0]["status"], "{case}");
    }
    assert_eq!(version["revision"], newest["revision"].to_string(), "{case}");

    let first = json!({"release": "web", "revision": revisions[0]["revision"].to_string()});
    let all = place.check(Some(&first));
    // The first is there twice: as it was given, without a state, and as it is.
    let said: Vec<_> = all.as_array().unwrap().iter().skip(1).collect();
    assert_eq!(said.len(), revisions.len(), "{case}: {all}");
    for (version, revision) in said.iter().zip(revisions) {
        let status = match revision["status"].as_str() {
            Some("superseded") => "deployed",
            status => status.unwrap_or_default(),
        };
        assert_eq!(version["revision"], revision["revision"].to_string(), "{case}");
        assert_eq!(version["status"], status, "{case}: {all}");
        compare_get(place, version, case);
    }
}

fn compare_get(place: &Place, version: &Value, case: &str) {
    let (folder, document) = place.get(version, &json!({"show_secrets": true}));
    let revision = version["revision"].as_str().unwrap();
    let status = place.helm_json(&["status", "web", "--revision", revision]);
    let metadata = |name: &str| {
        let fields = document["metadata"].as_array().unwrap();
        fields
            .iter()
            .find(|field| field["name"] == name)
            .map(|field| field["value"].clone())
            .unwrap_or_default()
    };
    assert_eq!(metadata("status"), status["info"]["status"], "{case}");
    assert_eq!(metadata("chart"), "shop-1.0.0", "{case}");
    assert_eq!(metadata("app_version"), "2.5", "{case}");
    let release: Value = serde_json::from_str(&read(&folder, "release.json")).unwrap();
    assert_eq!(release["info"]["description"], status["info"]["description"], "{case}");
    let (_, notes) = place.helm("helm4", &["get", "notes", "web", "--revision", revision]);
    assert!(notes.contains(read(&folder, "notes.txt").trim()), "{case}");
    let (_, manifest) = place.helm("helm4", &["get", "manifest", "web", "--revision", revision]);
    assert_eq!(
        manifest.matches("\nkind: ").count(),
        read(&folder, "manifest.yaml").matches("\nkind: ").count(),
        "{case}"
    );
    assert_eq!(read(&folder, "revision"), revision, "{case}");
}

#[test]
fn a_revision_that_is_gone_is_named() {
    let place = Place::new();
    place.deploy(json!({})).json();
    let folder = stack::Folder::new("get");
    let outcome = place.resource.get(folder.path(), &json!({"release": "web", "revision": "7"}), &json!({}));
    assert!(
        outcome.error().contains("revision 7 of release `web` is not in namespace"),
        "{}",
        outcome.stderr
    );
    let _ = cluster();
}
