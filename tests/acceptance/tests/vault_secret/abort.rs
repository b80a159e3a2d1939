//! A step that is aborted, or fails half-way, leaves nothing behind: Vault itself is asked.

use std::io::Write;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use acceptance::program;
use http::Method;
use serde_json::{Value, json};
use stack::{Fault, FaultProxy, Folder, On};

use crate::engines::database::Role;
use crate::setup::{approle, get, leases, merge, resource, source, text, token, vault};

/// Starts a get and aborts it as Concourse does, once the proxy was asked for `path`. Returns stderr.
fn aborted(keys: Value, params: &Value, proxy: &FaultProxy, path: &str) -> String {
    let folder = Folder::new("abort");
    let payload = json!({"source": source(keys), "version": {"version": "0"}, "params": params});
    let mut child = Command::new(program("vault-secret"))
        .arg("in")
        .arg(folder.path())
        .env_clear()
        .stdin(Stdio::piped())
        .stdout(Stdio::piped())
        .stderr(Stdio::piped())
        .spawn()
        .expect("the program can be run");
    child.stdin.take().expect("a pipe").write_all(payload.to_string().as_bytes()).expect("it reads");
    let started = Instant::now();
    while !proxy.requests().iter().any(|request| request.path.contains(path)) {
        assert!(started.elapsed() < Duration::from_secs(30), "nothing asked for {path}");
        std::thread::sleep(Duration::from_millis(2));
    }
    let killed = Command::new("kill").arg("-TERM").arg(child.id().to_string()).status().expect("kill runs");
    assert!(killed.success());
    let aborted = Instant::now();
    let output = child.wait_with_output().expect("it ends");
    assert!(aborted.elapsed() < Duration::from_secs(5), "it took {:?} to stop", aborted.elapsed());
    assert_eq!(output.status.code(), Some(128 + 15));
    assert_eq!(std::fs::read_dir(folder.path()).expect("the folder").count(), 0, "nothing was written");
    String::from_utf8(output.stderr).expect("text")
}

fn login_for(role: &Role, more: &[(&str, &[&str])]) -> Value {
    let path = role.path();
    let mut rules: Vec<(&str, &[&str])> = vec![(&path, &["read"])];
    rules.extend(more);
    approle(&rules, json!({}))
}

/// Waits until no lease is left below the role's path, as after an asynchronous revocation.
fn has_no_leases(role: &Role) -> bool {
    let started = Instant::now();
    while !leases(vault(), &role.path()).is_empty() {
        if started.elapsed() > Duration::from_secs(10) {
            return false;
        }
        std::thread::sleep(Duration::from_millis(20));
    }
    true
}

/// The tokens that the proxy saw in use.
fn tokens(proxy: &FaultProxy) -> Vec<String> {
    let mut tokens: Vec<String> = proxy
        .requests()
        .iter()
        .filter_map(|request| request.header("x-vault-token").map(str::to_owned))
        .filter(|token| token != vault().root_token())
        .collect();
    tokens.dedup();
    tokens
}

fn is_alive(token: &str) -> bool {
    vault().try_call(token, Method::GET, "auth/token/lookup-self", None).0 == 200
}

/// Two credentials: the first is made at once, the second after a second.
fn two_credentials(role: &Role, proxy: &FaultProxy) -> Value {
    proxy.inject(On::path("/creds/app").skip(1), Fault::Delay(Duration::from_secs(1)));
    json!({"secrets": [
        {"path": role.path(), "name": "one", "engine": null},
        {"path": role.path(), "name": "two", "engine": null},
    ]})
}

#[test]
fn an_abort_in_the_middle_of_a_get_leaves_no_lease_and_no_token() {
    let role = Role::new("1h");
    let proxy = FaultProxy::in_front_of(vault().url());
    let params = two_credentials(&role, &proxy);
    let mut keys = login_for(&role, &[]);
    merge(&mut keys, json!({"address": proxy.url()}));
    let said = aborted(keys, &params, &proxy, "/creds/app");
    assert!(said.contains("aborted: cleaning up"), "{said}");
    let tokens = tokens(&proxy);
    assert_eq!(tokens.len(), 1, "one login");
    assert!(!is_alive(&tokens[0]));
    assert!(has_no_leases(&role));
}

#[test]
fn an_abort_with_a_given_token_leaves_no_lease_and_the_token() {
    let role = Role::new("1h");
    let proxy = FaultProxy::in_front_of(vault().url());
    let params = two_credentials(&role, &proxy);
    let path = role.path();
    let given = token(&[(&path, &["read"]), ("sys/leases/revoke", &["update"])]);
    let said = aborted(json!({"address": proxy.url(), "token": given}), &params, &proxy, "/creds/app");
    assert!(!said.contains("leases live on"), "{said}");
    assert!(leases(vault(), &role.path()).is_empty());
    assert!(is_alive(&given));
}

#[test]
fn an_abort_during_the_login_leaves_no_token() {
    let role = Role::new("1h");
    let proxy = FaultProxy::in_front_of(vault().url());
    proxy.inject(On::path("/login"), Fault::Delay(Duration::from_secs(1)));
    let mut keys = login_for(&role, &[]);
    merge(&mut keys, json!({"address": proxy.url()}));
    let params = json!({"secrets": [{"path": role.path(), "name": "db"}]});
    aborted(keys, &params, &proxy, "/login");
    let tokens = tokens(&proxy);
    assert_eq!(tokens.len(), 1, "the token that the login made was used once, to revoke it");
    assert!(!is_alive(&tokens[0]));
}

#[test]
fn a_get_that_fails_half_way_leaves_no_lease_and_no_token() {
    let role = Role::new("1h");
    let proxy = FaultProxy::in_front_of(vault().url());
    let mut keys = login_for(&role, &[]);
    merge(&mut keys, json!({"address": proxy.url()}));
    // The credential is made; then its file can't be written.
    let params = json!({"secrets": [{"path": role.path(), "name": "db"}], "files": [{"format": "pem"}]});
    let got = get(&resource(keys), json!({"version": "0"}), params);
    assert!(got.outcome.error().contains("has no `certificate`"));
    assert!(!is_alive(&tokens(&proxy)[0]));
    assert!(has_no_leases(&role));
}

#[test]
fn a_token_without_the_right_to_revoke_says_which_leases_live_on() {
    let role = Role::new("1h");
    let path = role.path();
    let given = token(&[(&path, &["read"])]);
    // The default policy lets nobody revoke leases.
    let params = json!({"secrets": [{"path": path, "name": "db"}], "files": [{"format": "pem"}]});
    let got = get(&resource(json!({ "token": given })), json!({"version": "0"}), params);
    let left = leases(vault(), &role.path());
    assert_eq!(left.len(), 1);
    assert!(
        got.outcome.error().contains(&format!("leases live on: {}/{}", role.path(), text(&json!(left[0])))),
        "{}",
        got.outcome.stderr
    );
}
