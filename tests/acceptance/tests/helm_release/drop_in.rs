//! A pipeline that was written for Typositoire's concourse-helm3-resource works as it is.

use http::Method;
use serde_json::{Value, json};

use crate::place::{Place, cluster};

/// A source with the keys that such pipelines have, some of them as texts.
fn source() -> Value {
    json!({
        "insecure_cluster": "false", "helm_history_max": 5, "stable_repo": false, "tracing_enabled": "false",
        "helm_setup_purge_all": false, "plugins": [{"url": "https://github.com/databus23/helm-diff"}],
        "repos": [{"name": "charts", "url": "https://charts.example.com"}], "env_vars": {"HELM_DRIVER": "secret"},
        "digitalocean": null, "aws": null, "gcloud_cluster_auth": false,
    })
}

#[test]
fn a_pipeline_s_puts_checks_and_gets_work() {
    let place = Place::new();
    let write = |name: &str, content: &str| {
        let path = place.inputs.path().join(name);
        std::fs::create_dir_all(path.parent().unwrap()).unwrap();
        std::fs::write(path, content).unwrap();
    };
    write("meta/namespace", &format!("{}\n", place.namespace));
    write("meta/release", "web\n");
    write("meta/version", "1.0.0\n");
    write("meta/tag", "3.0\n");
    write("config/values.yaml", "greeting: from values\n");
    let params = json!({
        "chart": "charts/shop", "namespace": "meta/namespace", "release": "meta/release", "version": "meta/version",
        "values": ["config/values.yaml", "config/not-there.yaml"], "skip_missing_values": true,
        "override_values": [
            {"key": "image.tag", "path": "meta/tag", "type": "string"},
            {"key": "replicas", "value": 2},
            {"key": "password", "value": "drop-in-canary", "hide": true, "type": "string", "verbatim": true},
        ],
        "check_is_ready": "true", "wait_for_jobs": false, "wait": 0, "timeout": "60s", "atomic": true, "force": false,
        "devel": false, "debug": false, "show_diff": true, "diff_opts": "--context 3 --suppress-secrets",
        "reuse_values": false, "reset_values": true, "replace": false, "test": false, "uninstall": false,
        "create_namespace": true, "delete_namespace": false, "token_path": null,
    });
    let outcome = place.put_with(source(), params.clone());
    let document = outcome.json();
    let mut names =
        document["metadata"].as_array().unwrap().iter().map(|field| field["name"].as_str().unwrap());
    assert_eq!(
        [names.next(), names.next(), names.next()],
        [Some("release"), Some("revision"), Some("chart")]
    );
    assert!(outcome.stderr.contains("`source.plugins`: has no effect"), "{}", outcome.stderr);
    assert!(!outcome.stderr.contains("canary"), "{}", outcome.stderr);
    let deployment = cluster().call(Method::GET, &place.path("apps/deployments", "web"), None);
    assert_eq!(deployment["spec"]["replicas"], 2);
    let image = deployment.pointer("/spec/template/spec/containers/0/image").unwrap();
    assert_eq!(image, "registry.example.com/shop:3.0");
    let version = json!({"release": "web", "revision": "1"});
    let checked = place.with(source()).check(Some(&version)).json();
    assert_eq!(checked[0], version, "the two keys that the other resource knows");
    let (folder, _) = place.get(&version, &json!({}));
    assert!(folder.path().join("manifest.yaml").exists());
    let mut replaced = params;
    replaced["replace"] = true.into();
    assert_eq!(place.put_with(source(), replaced).json()["version"]["revision"], "1", "its history is gone");
}

#[test]
fn what_can_not_be_done_is_refused_by_name() {
    let place = Place::new();
    let cases = [
        (
            json!({"chart": "charts/shop", "recreate_pods": true}),
            "put a checksum of its configuration into an annotation",
        ),
        (json!({"chart": "charts/shop", "wait": true}), "check_is_ready"),
        (json!({"chart": "charts/shop", "chek_is_ready": true}), "did you mean `check_is_ready`?"),
        (json!({}), "`params.chart` is missing"),
        (json!({"chart": "charts/shop", "post_renderer": "../../meta/x"}), "leads out of the chart"),
    ];
    std::fs::create_dir_all(place.inputs.path().join("meta")).unwrap();
    std::fs::write(place.inputs.path().join("meta/x"), "").unwrap();
    for (params, expected) in cases {
        let outcome = place.put(params);
        assert!(outcome.error().contains(expected), "{expected}: {}", outcome.stderr);
    }
    let helm2 = place.with(json!({"tiller_namespace": "kube-system"})).check(None);
    assert!(helm2.error().contains("Helm 2 is over"), "{}", helm2.stderr);
}
