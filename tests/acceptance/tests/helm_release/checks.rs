//! check: what makes a version, and which rights it needs.

use serde_json::{Value, json};

use crate::place::{Place, cluster};

#[test]
fn versions_follow_a_release_through_its_life() {
    let place = Place::new();
    assert_eq!(place.check(None), json!([]), "nothing is installed yet");
    let first = place.deploy(json!({})).json()["version"].clone();
    assert_eq!(first, json!({"release": "web", "revision": "1", "status": "deployed"}));
    assert_eq!(place.check(None), json!([first]));
    let second = place.deploy(json!({"greeting": "again"})).json()["version"].clone();
    assert_eq!(
        place.check(Some(&first)),
        json!([first, second]),
        "the given one as it was, though superseded by now"
    );
    assert_eq!(place.check(Some(&second)), json!([second]));
    place.put(json!({"uninstall": true})).json();
    assert_eq!(place.check(Some(&second)), json!([]), "a deleted release is no error");
}

#[test]
fn what_is_missing_is_no_error_unless_that_is_wanted() {
    let place = Place::new();
    let nowhere = place.with(json!({"namespace": "there-is-no-such-namespace"}));
    assert_eq!(nowhere.check(None).json(), json!([]));
    let strict = place.with(json!({"missing": "error"}));
    assert!(strict.check(None).error().contains("there is no such release"));
}

#[test]
fn without_a_cluster_only_a_put_brings_versions() {
    let place = Place::new();
    let put_only = place.with(json!({"cluster_url": ""}));
    assert_eq!(put_only.check(None).json(), json!([]));
    let version = json!({"release": "web", "revision": "3"});
    assert_eq!(put_only.check(Some(&version)).json(), json!([version]));
}

#[test]
fn several_releases_and_namespaces_are_watched() {
    let (one, other) = (Place::new(), Place::new());
    one.put(json!({"chart": "charts/shop", "labels": {"team": "shop"}})).json();
    one.put(json!({"chart": "charts/shop", "release": "db", "labels": {"team": "data"}})).json();
    other.put(json!({"chart": "charts/shop"})).json();
    let all = one.with(json!({"release": null}));
    let names = |versions: &Value| -> Vec<String> {
        let text = |value: &Value| value.as_str().unwrap_or("-").to_owned();
        let versions = versions.as_array().unwrap().iter();
        let mut names: Vec<String> = versions
            .map(|version| format!("{} {}", text(&version["namespace"]), text(&version["release"])))
            .collect();
        names.sort();
        names
    };
    assert_eq!(names(&all.check(None).json()), ["- db", "- web"]);
    let selected = one.with(json!({"release": null, "selector": "team=shop"}));
    assert_eq!(names(&selected.check(None).json()), ["- web"]);
    let spread = one.with(json!({"namespaces": [one.namespace, other.namespace]}));
    let expected = [format!("{} web", one.namespace), format!("{} web", other.namespace)];
    assert_eq!(names(&spread.check(None).json()), expected);
}

#[test]
fn the_documented_role_is_enough_for_check() {
    let place = Place::new();
    let version = place.deploy(json!({})).json()["version"].clone();
    let rules = json!([{"apiGroups": [""], "resources": ["secrets"], "verbs": ["list"]}]);
    let token = cluster().service_account(&place.namespace, "watcher", &rules);
    let watcher = place.with(json!({"token": token}));
    assert_eq!(watcher.check(None).json(), json!([version]));
    let nobody = cluster().service_account(&place.namespace, "nobody", &json!([]));
    let refused = place.with(json!({"token": nobody})).check(None);
    assert!(refused.error().contains("the role needs `list` on secrets"), "{}", refused.stderr);
}

#[test]
fn damaged_records_are_named_and_the_others_still_work() {
    let place = Place::new();
    let version = place.deploy(json!({})).json()["version"].clone();
    let record = |name: &str, version: &str, data: &str| {
        json!({"metadata": {"name": format!("sh.helm.release.v1.{name}.v1"),
                "labels": {"owner": "helm", "name": name, "status": "deployed", "version": version}},
            "type": "helm.sh/release.v1", "stringData": {"release": data}})
    };
    let secrets = format!("api/v1/namespaces/{}/secrets", place.namespace);
    cluster().create(&secrets, &record("odd", "one", "x"));
    cluster().create(&secrets, &record("cut", "1", "H4sIAAAAAAAA"));
    let outcome = place.with(json!({"release": null})).check(None);
    let versions = outcome.json();
    assert!(versions.as_array().unwrap().contains(&version), "{versions}");
    assert!(outcome.stderr.contains("`sh.helm.release.v1.odd.v1`"), "{}", outcome.stderr);
    let folder = stack::Folder::new("get");
    let cut = json!({"release": "cut", "revision": "1"});
    let outcome = place.resource.get(folder.path(), &cut, &json!({}));
    assert!(outcome.error().contains("its gzip part is cut off or changed"), "{}", outcome.stderr);
}
