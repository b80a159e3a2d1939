//! Vault's bad days.

use std::time::{Duration, Instant};

use http::Method;
use serde_json::{Value, json};
use stack::fault_proxy::Answer;
use stack::{Door, Fault, FaultProxy, Folder, On, Vault};

use crate::setup::{get, merge, resource, text, unique, vault, write};

/// A secret behind a proxy.
fn behind_proxy(name: &str) -> (FaultProxy, Value) {
    let path = unique(name);
    write(&path, json!({"key": "value"}));
    let proxy = FaultProxy::in_front_of(vault().url());
    let secret = json!({"engine": "kv2", "mount": "secret", "path": path, "name": "app"});
    let keys = json!({"address": proxy.url(), "secret": secret});
    (proxy, keys)
}

fn errors(status: u16, text: &str) -> Fault {
    Fault::Answer(Answer::new(status).json(&json!({"errors": [text]}).to_string()))
}

#[test]
fn what_passes_is_waited_for() {
    let passing = [
        (
            "rate limit",
            Fault::Answer(Answer::new(429).header("retry-after", "0").json(r#"{"errors":["rate limited"]}"#)),
        ),
        ("node behind the last write", errors(412, "required index state not present")),
        ("disaster-recovery node", errors(472, "")),
        ("performance standby", errors(473, "")),
        ("sealed", errors(503, "Vault is sealed")),
        ("gateway", Fault::nginx(502)),
        ("internal error", errors(500, "internal error")),
        ("connection lost", Fault::HangUp),
        ("answer broken off", Fault::ResetAfter(20)),
        ("answer too short", Fault::TruncateAfter(20)),
    ];
    for (case, fault) in passing {
        let (proxy, keys) = behind_proxy("faults/passing");
        proxy.inject(On::path("/v1/secret/data/").times(2), fault);
        let got = get(&resource(keys), json!({"version": "1"}), json!({}));
        assert_eq!(got.json("vault.json")["app"]["key"], "value", "{case}");
    }
}

#[test]
fn what_stays_ends_in_time_with_the_reason() {
    let lasting = [
        (errors(503, "Vault is sealed"), "is sealed", "unseal it"),
        (errors(501, "not initialized"), "is not initialized", "vault operator init"),
        (errors(412, ""), "is a standby and could not answer", "active node"),
        (errors(473, ""), "is a standby and could not answer", "active node"),
        (Fault::HangUp, "failed", "is `address` right"),
        (errors(405, "unsupported operation"), "405", "method: write"),
        (Fault::EndlessRedirect, "too many redirects", ""),
        (Fault::Answer(Answer::new(200).body("text/html", "<html>login</html>")), "has no data", ""),
    ];
    for (fault, message, hint) in lasting {
        let (proxy, mut keys) = behind_proxy("faults/lasting");
        merge(&mut keys, json!({"retry_for": "1s"}));
        proxy.inject(On::path("/v1/secret/data/"), fault.clone());
        let started = Instant::now();
        let got = get(&resource(keys), json!({"version": "1"}), json!({}));
        let error = got.outcome.error();
        assert!(error.contains(message) && error.contains(hint), "{fault:?}: {error}");
        assert!(started.elapsed() < Duration::from_secs(20), "{fault:?}");
    }
}

#[test]
fn zero_retries_ask_once() {
    let (proxy, mut keys) = behind_proxy("faults/once");
    merge(&mut keys, json!({"retries": 0}));
    proxy.inject(On::path("/v1/secret/data/").once(), errors(503, "Vault is sealed"));
    assert!(get(&resource(keys), json!({"version": "1"}), json!({})).outcome.error().contains("is sealed"));
    assert_eq!(proxy.requests().len(), 1);
}

#[test]
fn a_standby_redirects_to_the_active_node() {
    let (active, keys) = behind_proxy("faults/redirect");
    // The standby: it answers everything with the other node's address.
    let standby = FaultProxy::in_front_of(vault().url());
    let path = format!("/v1/secret/data/{}", text(&keys["secret"]["path"]));
    let to =
        |path: &str| Fault::Answer(Answer::new(307).header("location", &format!("{}{path}", active.url())));
    standby.inject(On::path(&path), to(&path));
    let mut keys = keys;
    merge(&mut keys, json!({"address": standby.url()}));
    let got = get(&resource(keys.clone()), json!({"version": "0"}), json!({}));
    assert_eq!(got.json("vault.json")["app"]["key"], "value");
    let write =
        json!({"secret": {"engine": "kv2", "secrets": {text(&keys["secret"]["path"]): {"key": "new"}}}});
    let folder = Folder::new("put");
    assert_eq!(resource(keys).put(folder.path(), &write).json()["version"], json!({"version": "2"}));
    assert!(
        active
            .requests()
            .iter()
            .any(|request| request.method == Method::POST && request.header("x-vault-token").is_some())
    );
}

#[test]
fn the_state_after_a_write_is_sent_along() {
    let (proxy, keys) = behind_proxy("faults/index");
    let index = Answer::new(200).header("x-vault-index", "v1:state").json(r#"{"data":{"version":2}}"#);
    proxy.inject(On::post("/v1/secret/data/"), Fault::Answer(index));
    let path = text(&keys["secret"]["path"]);
    let params = json!({"write": [
        {"path": format!("secret/{path}"), "data": {"key": "a"}, "custom_metadata": {"a": "b"}},
    ]});
    let folder = Folder::new("put");
    resource(keys).put(folder.path(), &params).json();
    let requests = proxy.requests();
    let position = requests.iter().position(|request| request.method == Method::POST).unwrap();
    assert!(requests[..=position].iter().all(|request| request.header("x-vault-index").is_none()));
    let after = &requests[position + 1..];
    assert!(
        !after.is_empty() && after.iter().all(|request| request.header("x-vault-index") == Some("v1:state"))
    );
}

#[test]
fn a_version_that_has_not_arrived_is_waited_for() {
    let (proxy, keys) = behind_proxy("faults/fresh");
    proxy.inject(
        On::path("/v1/secret/data/").times(2),
        Fault::Answer(Answer::new(404).json(r#"{"errors":[]}"#)),
    );
    let got = get(&resource(keys), json!({"version": "1"}), json!({}));
    assert_eq!(got.json("vault.json")["app"]["key"], "value");
}

#[test]
fn a_credential_is_not_asked_for_twice() {
    let role = crate::engines::database::Role::new("1h");
    let path = format!("/v1/{}", role.path());
    let proxy = FaultProxy::in_front_of(vault().url());
    proxy.inject(On::path(&path), errors(500, "the database is down"));
    let secret = json!({"path": role.path(), "renew_every": "1h"});
    let keys = json!({"address": proxy.url(), "secret": secret});
    let got = get(&resource(keys), json!({"bucket": "x"}), json!({}));
    assert!(got.outcome.error().contains("the database is down"), "{}", got.outcome.stderr);
    assert_eq!(proxy.requests().iter().filter(|request| request.path == path).count(), 1);
}

#[test]
fn a_clock_that_differs_is_not_ours_to_go_by() {
    let (proxy, keys) = behind_proxy("faults/clock");
    // By Vault's clock it is 2040; deletions and periods go by it, since leases do.
    let health = Answer::new(400)
        .header("date", "Sun, 01 Jan 2040 00:00:00 GMT")
        .json(r#"{"errors":["bad credentials"]}"#);
    proxy.inject(On::path("/login"), Fault::Answer(health));
    let mut keys = keys;
    merge(&mut keys, json!({"token": null, "role_id": "a", "secret_id": "b"}));
    let refused = resource(keys).check(None);
    assert!(
        refused.error().contains("this machine's clock is") && refused.stderr.contains("behind Vault's"),
        "{}",
        refused.stderr
    );
}

#[test]
fn a_vault_that_is_not_there_yet_is_waited_for() {
    let (_, keys) = behind_proxy("faults/late");
    let mut door = Door::new();
    let mut keys = keys;
    merge(&mut keys, json!({"address": format!("http://{}", door.host())}));
    let outcome = resource(keys.clone()).check_that_waits(|| door.lead_to(&vault().url()));
    assert_eq!(outcome.json(), json!([{"version": "1"}]), "{}", outcome.stderr);
    door.close();
    merge(&mut keys, json!({"retry_for": 0}));
    let once = resource(keys).check(None);
    assert!(once.error().contains(&door.host()), "{}", once.stderr);
}

#[test]
fn a_sealed_vault_is_waited_for_until_it_is_open() {
    let mut vault = Vault::dev();
    vault.call(Method::POST, "secret/data/app", Some(&json!({"data": {"key": "value"}})));
    let source = json!({
        "address": vault.url(), "token": vault.root_token(), "secret": {"engine": "kv2", "path": "app", "name": "app"},
    });
    vault.seal();
    let mut once = source.clone();
    merge(&mut once, json!({"retry_for": "1s"}));
    assert!(resource(once).check(None).error().contains("is sealed"));
    let waiting = std::thread::spawn(move || resource(source).check(None));
    vault.unseal();
    assert_eq!(waiting.join().unwrap().json(), json!([{"version": "1"}]));
}
