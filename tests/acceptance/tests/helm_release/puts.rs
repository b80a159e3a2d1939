//! put: install, upgrade, rollback, uninstall, test.

use http::Method;
use serde_json::{Value, json};

use crate::place::{Place, cluster};

/// Makes a revision look as if its writer had been killed, as Helm itself would have left it.
pub(crate) fn make_pending(place: &Place, release: &str, revision: u64, state: &str) {
    let path = place.path("secrets", &format!("sh.helm.release.v1.{release}.v{revision}"));
    let mut secret = cluster().call(Method::GET, &path, None);
    let stored = decode64(secret["data"]["release"].as_str().unwrap());
    let packed = decode64(std::str::from_utf8(&stored).unwrap());
    let mut body: Value = serde_json::from_reader(flate2::read::GzDecoder::new(packed.as_slice())).unwrap();
    body["info"]["status"] = state.into();
    let plain = encode64(body.to_string().as_bytes());
    secret["data"]["release"] = encode64(plain.as_bytes()).into();
    secret["metadata"]["labels"]["status"] = state.into();
    cluster().call(Method::PUT, &path, Some(&secret));
}

fn decode64(text: &str) -> Vec<u8> {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.decode(text).unwrap()
}

fn encode64(bytes: &[u8]) -> String {
    use base64::Engine as _;
    base64::engine::general_purpose::STANDARD.encode(bytes)
}

fn greeting(place: &Place) -> Value {
    cluster().call(Method::GET, &place.path("configmaps", "web"), None)["data"]["greeting"].clone()
}

#[test]
fn both_helms_install_upgrade_roll_back_test_and_uninstall() {
    for version in [3, 4] {
        let place = Place::new();
        let helm = json!({"helm_version": version});
        let deploy = |greeting: &str| {
            place.put_with(
                helm.clone(),
                json!({"chart": "charts/shop", "values_inline": {"greeting": greeting}, "check_is_ready": true}),
            )
        };
        assert_eq!(deploy("one").json()["version"]["revision"], "1");
        assert_eq!(deploy("two").json()["version"]["revision"], "2");
        assert_eq!(greeting(&place), "two");
        let back = place.put_with(helm.clone(), json!({"rollback": {"to": 1}})).json();
        assert_eq!(back["version"], json!({"release": "web", "revision": "3", "status": "deployed"}));
        assert_eq!(greeting(&place), "one");
        let tested =
            place.put_with(helm.clone(), json!({"test": true, "test_logs": true, "timeout": "60s"})).json();
        assert_eq!(tested["version"], json!({"release": "web", "tested": "true"}));
        let gone = place.put_with(helm.clone(), json!({"uninstall": true})).json();
        assert_eq!(gone["version"], json!({"release": "web", "uninstalled": "true"}));
        let again = place.put_with(helm.clone(), json!({"uninstall": true}));
        assert!(again.error().contains("not found"), "{}", again.stderr);
        place.put_with(helm.clone(), json!({"uninstall": true, "ignore_not_found": true})).json();
    }
}

#[test]
fn a_get_succeeds_on_versions_that_name_no_revision() {
    let place = Place::new();
    for version in [
        json!({"release": "web", "tested": "true"}),
        json!({"release": "web", "uninstalled": "true"}),
        json!({"release": "N/A", "revision": "N/A"}),
    ] {
        let (folder, document) = place.get(&version, &json!({}));
        assert_eq!(document["version"], version);
        assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
