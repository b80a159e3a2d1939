//! The ways to a cluster.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;
use serde_json::{Value, json};

use crate::place::{Place, cluster};

/// A source that names the cluster only by `keys`.
fn source(place: &Place, keys: Value) -> acceptance::Resource {
    let mut resource = place.resource.clone();
    for name in ["cluster_url", "cluster_ca", "token"] {
        resource.source.as_object_mut().unwrap().remove(name);
    }
    for (name, value) in keys.as_object().unwrap() {
        resource.source[name] = value.clone();
    }
    resource
}

#[test]
fn every_kind_of_credentials_leads_to_the_cluster() {
    let place = Place::new();
    let version = place.deploy(json!({})).json()["version"].clone();
    let admin = cluster().administrator();
    let (url, ca) = (cluster().url(), cluster().ca_pem());
    let encoded = |text: &str| STANDARD.encode(text);
    let ways = [
        ("kubeconfig", json!({"kubeconfig": cluster().kubeconfig()})),
        ("kubeconfig in base64", json!({"kubeconfig_base64": encoded(&cluster().kubeconfig())})),
        (
            "client certificate",
            json!({"cluster_url": url, "cluster_ca_base64": encoded(&ca),
                "admin_cert": encoded(&admin.certificate_pem), "admin_key": encoded(&admin.key_pem)}),
        ),
        ("CA in base64", json!({"cluster_url": url, "cluster_ca": encoded(&ca), "token": cluster().token()})),
        (
            "any certificate",
            json!({"cluster_url": url, "insecure_cluster": true, "token": cluster().token()}),
        ),
    ];
    for (way, keys) in ways {
        let resource = source(&place, keys);
        assert_eq!(resource.check(None).json(), json!([version]), "{way}");
        let payload = json!({"source": resource.source, "params": {"test": true, "timeout": "30s"}});
        let outcome = crate::place::run(&resource, "out", Some(place.inputs.path()), &payload);
        assert!(outcome.succeeded, "{way}: {}", outcome.stderr);
    }
}

#[test]
fn a_kubeconfig_may_come_with_the_put_alone() {
    let place = Place::new();
    let resource = source(&place, json!({}));
    assert_eq!(resource.check(None).json(), json!([]), "no cluster is known to check, and that is no error");
    std::fs::write(place.inputs.path().join("kubeconfig"), cluster().kubeconfig()).unwrap();
    for keys in [json!({"kubeconfig": cluster().kubeconfig()}), json!({"kubeconfig_path": "kubeconfig"})] {
        let mut params = json!({"chart": "charts/shop"});
        params.as_object_mut().unwrap().extend(keys.as_object().unwrap().clone());
        let payload = json!({"source": resource.source, "params": params});
        crate::place::run(&resource, "out", Some(place.inputs.path()), &payload).json();
    }
    let without = json!({"source": resource.source, "params": {"chart": "charts/shop"}});
    let outcome = crate::place::run(&resource, "out", Some(place.inputs.path()), &without);
    assert!(outcome.error().contains("no cluster is named"), "{}", outcome.stderr);
}

#[test]
fn impersonation_is_honoured_by_us_and_by_helm() {
    let place = Place::new();
    place.deploy(json!({})).json();
    let keys = json!({"impersonate_user": "nobody-at-all", "impersonate_groups": ["none"]});
    let refused = place.with(keys.clone()).check(None);
    assert!(refused.error().contains("nobody-at-all"), "{}", refused.stderr);
    let put = place.put_with(keys, json!({"chart": "charts/shop"}));
    assert!(put.error().contains("nobody-at-all"), "{}", put.stderr);
    let admins = json!({"impersonate_user": "somebody", "impersonate_groups": ["system:masters"]});
    place.put_with(admins, json!({"chart": "charts/shop"})).json();
}

#[test]
fn wrong_ways_are_named() {
    let place = Place::new();
    let other_ca = stack::Authority::new().ca_pem();
    let cases = [
        (json!({"token": "wrong-token-canary"}), "the cluster does not know these credentials"),
        (json!({"cluster_ca": other_ca}), "certificate"),
        (
            json!({"admin_cert": "", "admin_key": "", "token": null}),
            "`source.admin_cert` and `source.admin_key` are empty",
        ),
        (json!({"cluster_ca": "nonsense"}), "`source.cluster_ca` is neither PEM nor PEM in base64"),
    ];
    for (keys, expected) in cases {
        let outcome = place.with(keys).check(None);
        assert!(outcome.error().contains(expected), "{expected}: {}", outcome.stderr);
        assert!(!outcome.stderr.contains("canary"), "{}", outcome.stderr);
    }
}
