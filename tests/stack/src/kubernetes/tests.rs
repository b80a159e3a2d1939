use std::process::Command;
use std::time::Instant;

use super::*;
use crate::binary;

fn pod(name: &str, plays: Option<&str>) -> Value {
    let annotations = plays.map(|play| json!({"quayside.test/plays": play}));
    json!({
        "metadata": {"name": name, "annotations": annotations},
        "spec": {"containers": [{"name": "main", "image": "example.test/app:1"}]},
    })
}

#[test]
fn cluster_runs_pods_that_play_their_part() {
    let cluster = Kubernetes::start();
    let pods = "api/v1/namespaces/default/pods";
    for play in [None, Some("image-pull-backoff"), Some("crash-loop"), Some("unready"), Some("failed")] {
        cluster.create(pods, &pod(play.unwrap_or("ready"), play));
    }
    cluster.wait_for(&format!("{pods}/ready"), is_ready);
    let cases = [
        ("image-pull-backoff", "/state/waiting/reason", "ImagePullBackOff"),
        ("crash-loop", "/state/waiting/reason", "CrashLoopBackOff"),
        ("failed", "/state/terminated/reason", "Error"),
    ];
    for (name, path, reason) in cases {
        let container = |pod: &Value| pod["status"]["containerStatuses"][0].pointer(path).cloned();
        cluster.wait_for(&format!("{pods}/{name}"), |pod| container(pod) == Some(reason.into()));
    }
    let unready = cluster.wait_for(&format!("{pods}/unready"), |pod| pod["status"]["phase"] == "Running");
    assert!(!is_ready(&unready));
    let has_probe = |events: &Value| events.to_string().contains("Readiness probe failed");
    cluster.wait_for("api/v1/namespaces/default/events", has_probe);

    cluster.set_container_log(&["first line", "last line"]);
    let url = format!("{}/{pods}/ready/log?tailLines=1", cluster.url());
    let request = cluster.http.get(url).bearer_auth(cluster.token());
    let log = crate::runtime::wait_for(async move { request.send().await.expect("an answer").text().await });
    assert_eq!(log.expect("text"), "last line\n");
}

#[test]
fn rights_are_checked_and_the_api_server_can_be_restarted() {
    let mut cluster = Kubernetes::start();
    let rules = json!([{"apiGroups": [""], "resources": ["secrets"], "verbs": ["list"]}]);
    let token = cluster.service_account("team", "deployer", &rules);
    let status = |path: &str| cluster.try_call(&token, Method::GET, path, None).0;
    assert_eq!(status("api/v1/namespaces/team/secrets"), 200);
    assert_eq!(status("api/v1/namespaces/team/pods"), 403);
    assert_eq!(status("api/v1/namespaces/default/secrets"), 403);
    assert_eq!(cluster.try_call("wrong", Method::GET, "api/v1/namespaces", None).0, 401);

    cluster.kill_api_server();
    assert!(ask(cluster.http.get(cluster.url()), None).is_err(), "nothing listens");
    cluster.restart_api_server();
    assert_eq!(cluster.try_call(&token, Method::GET, "api/v1/namespaces/team/secrets", None).0, 200);

    let folder = cluster.folder().to_owned();
    let started = Instant::now();
    drop(cluster);
    assert!(started.elapsed().as_secs() < 5, "stopping took {:?}", started.elapsed());
    assert!(!folder.exists());
}

#[test]
fn helm_installs_its_starter_chart() {
    let cluster = Kubernetes::start();
    let helm = |name: &str, arguments: &[&str]| {
        let mut command = Command::new(binary(name));
        command.args(arguments).current_dir(cluster.folder()).env("HOME", cluster.folder());
        let output = command.env("KUBECONFIG", cluster.kubeconfig_path()).output().expect("helm runs");
        assert!(output.status.success(), "{name} {arguments:?}: {}", String::from_utf8_lossy(&output.stderr));
        String::from_utf8_lossy(&output.stdout).into_owned()
    };
    helm("helm4", &["create", "starter"]);
    for name in ["helm4", "helm3"] {
        helm(name, &["upgrade", "--install", "--wait", name, "starter", "--timeout", "60s"]);
        assert!(helm(name, &["list"]).contains("deployed"));
    }
}
