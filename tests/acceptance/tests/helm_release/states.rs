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
fn leave_pending(place: &Place, helm: &str) {
    install(place, helm);
    crate::puts::make_pending(place, "web", 1, "pending-upgrade");
}

#[test]
fn check_and_get_say_what_helm_says() {
    let states: [(&str, Make); 5] = [
        ("deployed", install),
        ("failed", fail),
        ("deployed", rollback),
        ("uninstalled", uninstall_keeping_history),
        ("pending-upgrade", leave_pending),
    ];
    for helm in ["helm3", "helm4"] {
        for (position, (state, make)) in states.iter().enumerate() {
            let place = Place::new();
            make(&place, helm);
            let case = format!("{helm}, {state} ({position})");
            let history = place.helm_json(&["history", "web"]);
            let newest = history.as_array().unwrap().last().unwrap();
            assert_eq!(newest["status"], *state, "{case}");
            let version = place.check(None)[0].clone();
            assert_eq!(version["revision"], newest["revision"].to_string(), "{case}");
            assert_eq!(version["status"], newest["status"], "{case}");
            compare_get(&place, &version, &case);
        }
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
