//! Namespaces and CRDs that come and go with a release.

use http::Method;
use serde_json::json;

use crate::place::{Place, cluster};

#[test]
fn a_namespace_is_made_labelled_and_deleted() {
    let place = Place::new();
    let fresh = format!("{}-fresh", place.namespace);
    let without = place.put(json!({"chart": "charts/shop", "namespace": fresh}));
    assert!(without.error().contains("not found"), "{}", without.stderr);
    let labels = json!({"pod-security.kubernetes.io/enforce": "baseline"});
    place.put(json!({"chart": "charts/shop", "namespace": fresh, "namespace_labels": labels})).json();
    let namespace = cluster().call(Method::GET, &format!("api/v1/namespaces/{fresh}"), None);
    assert_eq!(namespace["metadata"]["labels"]["pod-security.kubernetes.io/enforce"], "baseline");
    let gone =
        place.put(json!({"uninstall": true, "namespace": fresh, "delete_namespace": true, "timeout": "60s"}));
    gone.json();
    let (status, _) =
        cluster().try_call(cluster().token(), Method::GET, &format!("api/v1/namespaces/{fresh}"), None);
    assert_eq!(status, 404);
    let created = format!("{}-created", place.namespace);
    place.put(json!({"chart": "charts/shop", "namespace": created, "create_namespace": true})).json();
}

#[test]
fn namespaces_that_the_cluster_needs_are_not_deleted() {
    let place = Place::new();
    for namespace in ["default", "kube-system"] {
        let params = json!({"uninstall": true, "ignore_not_found": true, "namespace": namespace, "delete_namespace": true});
        let outcome = place.put(params);
        assert!(outcome.error().contains("is not deleted: the cluster needs it"), "{}", outcome.stderr);
    }
}

#[test]
fn crds_are_put_in_the_place_of_those_that_are_there() {
    let place = Place::new();
    let outcome = place.put(json!({"chart": "charts/shop", "crds": "replace"}));
    outcome.json();
    assert!(
        outcome.stderr.contains("CustomResourceDefinition `widgets.quayside.test` is applied"),
        "{}",
        outcome.stderr
    );
    let path = "apis/apiextensions.k8s.io/v1/customresourcedefinitions/widgets.quayside.test";
    assert_eq!(cluster().call(Method::GET, path, None)["spec"]["names"]["kind"], "Widget");
}
