//! Changes to rendered objects, by both Helms.

use http::Method;
use serde_json::json;

use crate::place::{Place, cluster};

#[test]
fn patches_images_and_a_kustomization_are_applied() {
    for version in [3, 4] {
        let place = Place::new();
        let folder = place.inputs.path().join("overlay");
        std::fs::create_dir_all(&folder).unwrap();
        let kustomization =
            "resources: [all.yaml]\nreplicas: [{name: web, count: 2}]\npatches: [{path: patch.yaml}]\n";
        std::fs::write(folder.join("kustomization.yaml"), kustomization).unwrap();
        let patch =
            "apiVersion: apps/v1\nkind: Deployment\nmetadata: {name: web, annotations: {patched: 'yes'}}\n";
        std::fs::write(folder.join("patch.yaml"), patch).unwrap();
        let post_render = json!({
            "kustomize": "overlay",
            "images": [{"name": "registry.example.com/shop", "newTag": "patched"}],
            "common_labels": {"team": "shop"},
        });
        let params = json!({"chart": "charts/shop", "post_render": post_render});
        place.put_with(json!({"helm_version": version}), params).json();
        let deployment = cluster().call(Method::GET, &place.path("apps/deployments", "web"), None);
        assert_eq!(deployment["spec"]["replicas"], 2, "Helm {version}");
        assert_eq!(deployment["metadata"]["annotations"]["patched"], "yes", "Helm {version}");
        assert_eq!(deployment["metadata"]["labels"]["team"], "shop", "Helm {version}");
        let image = deployment.pointer("/spec/template/spec/containers/0/image").unwrap();
        assert_eq!(image, "registry.example.com/shop:patched", "Helm {version}");
    }
}

#[test]
fn a_patch_that_fits_nothing_fails_before_anything_is_changed() {
    let place = Place::new();
    let patches = json!([{"target": {"kind": "Deployment", "name": "wbe"}, "patch": [{"op": "remove", "path": "/spec"}]}]);
    let outcome = place.put(json!({"chart": "charts/shop", "post_render": {"patches": patches}}));
    assert!(outcome.error().contains("patch 1 fits none of the rendered objects"), "{}", outcome.stderr);
    assert_eq!(place.check(None), json!([]));
}
