//! Live objects that somebody changed behind the release's back.

use http::Method;
use serde_json::{Value, json};

use crate::place::{Place, cluster, read};

fn change(place: &Place, greeting: &str) {
    let path = place.path("configmaps", "web");
    let mut map = cluster().call(Method::GET, &path, None);
    map["data"]["greeting"] = greeting.into();
    cluster().call(Method::PUT, &path, Some(&map));
}

#[test]
fn drift_makes_a_version_a_file_and_a_gate() {
    let place = Place::new();
    let resource = place.with(json!({"watch_drift": true}));
    place.deploy(json!({})).json();
    let calm = resource.check(None).json();
    assert_eq!(calm[0]["drift"], "none");
    change(&place, "changed by hand");
    let drifted = resource.check(Some(&calm[0])).json();
    assert_eq!(drifted.as_array().unwrap().len(), 2, "{drifted}");
    assert_ne!(drifted[1]["drift"], "none");
    assert_eq!(
        resource.check(Some(&drifted[1])).json(),
        json!([drifted[1]]),
        "the same drift is no new version"
    );

    let folder = stack::Folder::new("get");
    resource.get(folder.path(), &drifted[1], &json!({"drift": true})).json();
    let found: Value = serde_json::from_str(&read(&folder, "drift.json")).unwrap();
    assert_eq!(found["differences"], json!([{"object": "ConfigMap `web`", "paths": ["/data/greeting"]}]));

    let held_up = place.put(json!({"chart": "charts/shop", "drift": "fail"}));
    assert!(held_up.error().contains("ConfigMap `web`: /data/greeting"), "{}", held_up.stderr);
    let ignored = json!([{"paths": ["/data"], "target": {"kind": "ConfigMap"}}]);
    let tolerated = place
        .put(json!({"chart": "charts/shop", "drift": "fail", "drift_ignore": ignored, "diff_only": true}));
    tolerated.json();
}

#[test]
fn drift_is_corrected_even_where_the_release_itself_is_unchanged() {
    for version in [3, 4] {
        let place = Place::new();
        let params = json!({"chart": "charts/shop", "values_inline": {"replicas": 1}, "skip_if_unchanged": true, "drift": "correct"});
        let helm = json!({"helm_version": version});
        place.put_with(helm.clone(), params.clone()).json();
        assert_eq!(place.put_with(helm.clone(), params.clone()).json()["version"]["revision"], "1");
        change(&place, "changed by hand");
        assert_eq!(place.put_with(helm, params).json()["version"]["revision"], "2", "Helm {version}");
        let map = cluster().call(Method::GET, &place.path("configmaps", "web"), None);
        assert_eq!(map["data"]["greeting"], "hello", "Helm {version}");
    }
}
