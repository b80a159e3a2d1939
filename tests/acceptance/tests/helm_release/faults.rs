//! What goes wrong between a step and the API server: it dies and comes back, it is busy, answers break off.

use std::process::Command;
use std::sync::atomic::{AtomicBool, Ordering};
use std::sync::{Arc, Mutex, PoisonError};
use std::time::{Duration, Instant};

use acceptance::{Outcome, Resource};
use serde_json::{Value, json};
use stack::fault_proxy::Target;
use stack::{Door, Fault, FaultProxy, Folder, Kubernetes, On};

use crate::place::{Place, charts, cluster, read, run};

/// A cluster whose API server dies when it is asked for something, and a resource that asks through a proxy.
struct Mortal {
    cluster: Arc<Mutex<Kubernetes>>,
    proxy: FaultProxy,
    inputs: Folder,
    resource: Resource,
}

impl Mortal {
    fn new() -> Self {
        // A cluster of its own: the others' must not die.
        let cluster = Kubernetes::start();
        let proxy = in_front_of(&cluster);
        let source = json!({
            "cluster_url": proxy.url(), "cluster_ca": proxy.ca_pem(), "token": cluster.token(), "release": "web",
        });
        let inputs = Folder::new("inputs");
        let package = Command::new(stack::binary("helm4"))
            .arg("package")
            .arg(charts().join("shop"))
            .arg("--destination")
            .arg(inputs.path())
            .output()
            .unwrap();
        assert!(package.status.success(), "{}", String::from_utf8_lossy(&package.stderr));
        let cluster = Arc::new(Mutex::new(cluster));
        Self { cluster, proxy, inputs, resource: Resource::new("helm-release", source) }
    }

    /// Kills the API server when it is asked for what `on` describes, and starts it again at once.
    fn dies(&self, on: On) -> Arc<AtomicBool> {
        let died = Arc::new(AtomicBool::new(false));
        let (cluster, flag) = (Arc::clone(&self.cluster), Arc::clone(&died));
        let dying = move |_: &http::request::Parts| {
            if !flag.swap(true, Ordering::SeqCst) {
                let mut held = cluster.lock().unwrap_or_else(PoisonError::into_inner);
                held.kill_api_server();
                drop(held);
                let cluster = Arc::clone(&cluster);
                std::thread::spawn(move || {
                    cluster.lock().unwrap_or_else(PoisonError::into_inner).restart_api_server();
                });
            }
            false
        };
        self.proxy.inject(on.when(dying), Fault::HangUp);
        died
    }

    /// Waits until the API server is there again, and kills it no more.
    fn recovers(&self) {
        self.proxy.heal();
        let started = Instant::now();
        loop {
            let cluster = self.cluster.lock().unwrap();
            // Before the thread that starts it has the lock, there is nothing to ask.
            if std::net::TcpStream::connect(cluster.url().trim_start_matches("https://")).is_ok() {
                return;
            }
            drop(cluster);
            assert!(started.elapsed() < Duration::from_secs(180), "the API server does not come back");
            std::thread::sleep(Duration::from_millis(20));
        }
    }

    fn put(&self, greeting: &str) -> Outcome {
        let params = json!({
            "chart": "shop-*.tgz", "values_inline": {"greeting": greeting, "image": {"tag": greeting}},
            // After its death the controllers take a while to come back, on a busy machine more than a minute.
            "check_is_ready": true, "timeout": "5m",
        });
        run(
            &self.resource,
            "out",
            Some(self.inputs.path()),
            &json!({"source": self.resource.source, "params": params}),
        )
    }
}

fn in_front_of(cluster: &Kubernetes) -> FaultProxy {
    FaultProxy::builder(Target::from(cluster.url()).trusting(&cluster.ca_pem())).tls().start()
}

#[test]
fn check_and_get_wait_for_an_api_server_that_dies_in_the_middle() {
    let mortal = Mortal::new();
    let version = mortal.put("first").json()["version"].clone();
    let moments = [
        ("check, at the list", On::get("/secrets?")),
        ("get, at the record", On::get("/secrets/sh.helm")),
        ("get, at an object", On::get("/deployments/web")),
    ];
    for (moment, on) in moments {
        let died = mortal.dies(on);
        if moment.starts_with("check") {
            assert_eq!(mortal.resource.check(None).json(), json!([version]), "{moment}");
        } else {
            let folder = Folder::new("get");
            let outcome = mortal.resource.get(folder.path(), &version, &json!({}));
            assert_eq!(outcome.json()["version"], version, "{moment}");
            let status: Value = serde_json::from_str(&read(&folder, "status.json")).unwrap();
            assert_eq!(status["ready"], true, "{moment}: {status}");
        }
        assert!(died.load(Ordering::SeqCst), "{moment}: it was never asked");
        mortal.recovers();
    }
}

#[test]
fn a_put_goes_on_or_leaves_what_the_next_put_can_change_when_the_api_server_dies() {
    let mortal = Mortal::new();
    mortal.put("first").json();
    // Whether the put must succeed, where nothing had been changed yet.
    let moments = [
        ("before Helm runs", On::get("/secrets?"), true),
        ("at Helm's first question", On::get("/version"), true),
        ("at Helm's record", On::post("/secrets"), false),
        ("at the first object", On::method(http::Method::PATCH, "/namespaces/default/"), false),
        ("while Helm waits", On::path("watch=true"), false),
    ];
    for (number, (moment, on, must_succeed)) in moments.into_iter().enumerate() {
        let died = mortal.dies(on);
        let outcome = mortal.put(&format!("v{number}"));
        assert!(died.load(Ordering::SeqCst), "{moment}: it was never asked\n{}", outcome.stderr);
        assert!(outcome.succeeded || !must_succeed, "{moment}: {}", outcome.stderr);
        mortal.recovers();
        let next = mortal.put(&format!("v{number}-again"));
        assert_eq!(next.json()["version"]["status"], "deployed", "{moment}");
    }
}

#[test]
fn an_api_server_that_is_not_there_yet_is_waited_for() {
    let place = Place::new();
    let version = place.deploy(json!({})).json()["version"].clone();
    let mut door = Door::new();
    let url = format!("https://{}", door.host());
    let resource = place.with(json!({"cluster_url": url}));
    let outcome = resource.check_that_waits(|| door.lead_to(&cluster().url()));
    assert_eq!(outcome.json(), json!([version]));
    let told = format!("listing releases: the API server at `{url}/` can't be reached: Connection refused");
    assert!(outcome.stderr.contains(&told), "{}", outcome.stderr);
}

#[test]
fn an_api_server_that_can_not_be_reached_is_named_without_what_is_secret_in_its_url() {
    let place = Place::new();
    let door = Door::new();
    let url = format!("https://ann:url-canary@{}", door.host());
    let keys = json!({"cluster_url": url, "retry_for": 0});
    let folder = Folder::new("get");
    let version = json!({"release": "web", "revision": "1"});
    let steps = [
        ("check", place.with(keys.clone()).check(None)),
        ("get", place.with(keys.clone()).get(folder.path(), &version, &json!({}))),
        ("put", place.put_with(keys, json!({"chart": "charts/shop"}))),
    ];
    for (step, outcome) in steps {
        let error = outcome.error();
        assert!(error.contains("the API server at `https://127.0.0.1:"), "{step}: {error}");
        assert!(error.contains("hint: check the address"), "{step}: {error}");
        assert!(!error.contains("canary") && !error.contains("ServiceError"), "{step}: {error}");
    }
    let strange = place.with(json!({"cluster_ca": stack::Authority::new().ca_pem()})).check(None);
    assert!(strange.error().contains("hint: give the certificate of the cluster's CA"), "{}", strange.stderr);
}

#[test]
fn what_passes_is_waited_for_and_what_stays_is_said() {
    let place = Place::new();
    let version = place.deploy(json!({})).json()["version"].clone();
    let proxy = in_front_of(cluster());
    let resource = place.with(json!({"cluster_url": proxy.url(), "cluster_ca": proxy.ca_pem()}));
    let faults = [
        ("busy", Fault::status(503)),
        ("throttled", Fault::too_many_requests(Some("1"))),
        ("hung up", Fault::HangUp),
        ("reset in the middle", Fault::ResetAfter(100)),
        ("cut off", Fault::TruncateAfter(100)),
    ];
    for (case, fault) in faults {
        proxy.inject(On::get("/secrets?").times(2), fault);
        let started = Instant::now();
        let outcome = resource.check(None);
        assert_eq!(outcome.json(), json!([version]), "{case}");
        if case == "throttled" {
            assert!(started.elapsed() >= Duration::from_secs(2), "Retry-After was not obeyed");
        }
        proxy.heal();
    }
    proxy.inject(On::get("/secrets?"), Fault::nginx(404));
    let outcome = resource.check(None);
    assert!(outcome.error().contains("cannot list releases"), "{}", outcome.stderr);
}
