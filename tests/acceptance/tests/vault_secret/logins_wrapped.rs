//! Credentials inside wrapping tokens.

use http::Method;
use serde_json::{Value, json};
use stack::Vault;

use crate::setup::{approle, call, get, merge, resource, unique, vault, write};

/// Has an answer wrapped and returns the wrapping token.
fn wrapped(method: Method, path: &str, body: &Value) -> String {
    let url = format!("{}/v1/{path}", vault().url());
    let output = std::process::Command::new("curl")
        .args(["--silent", "--request", method.as_str(), "--header", "X-Vault-Wrap-TTL: 120s", "--header"])
        .arg(format!("X-Vault-Token: {}", vault().root_token()))
        .args(["--data", &body.to_string(), &url])
        .output()
        .expect("curl runs");
    let answer: Value = serde_json::from_slice(&output.stdout).expect("an answer");
    crate::setup::text(&answer["wrap_info"]["token"])
}

fn secret(name: &str) -> (Value, String) {
    let path = unique(name);
    write(&path, json!({"key": "value"}));
    (json!({"secret": {"path": format!("secret/{path}"), "name": "app"}}), format!("secret/data/{path}"))
}

#[test]
fn a_wrapped_secret_id_is_verified_unwrapped_and_missed_if_it_was_taken() {
    let (mut keys, rule) = secret("wrapped/secret-id");
    let role = approle(&[(&rule, &["read"])], json!({}));
    let path = format!("auth/{}/role/ci/secret-id", role["auth_mount"].as_str().unwrap());
    merge(&mut keys, role);
    merge(
        &mut keys,
        json!({"secret_id": null, "secret_id_wrapped": wrapped(Method::POST, &path, &json!({})), "role_name": "ci"}),
    );
    let vault = resource(keys.clone());
    let got = get(&vault, json!({"version": "1"}), json!({}));
    assert_eq!(got.json("vault.json")["app"]["key"], "value");
    let taken = get(&vault, json!({"version": "1"}), json!({}));
    let error = taken.outcome.error();
    assert!(error.contains("was already unwrapped") && error.contains("it was intercepted"), "{error}");

    // Something else in the place of a secret id is not even unwrapped.
    let other = wrapped(Method::GET, &rule, &json!({}));
    merge(&mut keys, json!({"secret_id_wrapped": other}));
    let refused = get(&resource(keys), json!({"version": "1"}), json!({}));
    assert!(refused.outcome.error().contains("it was not unwrapped"), "{}", refused.outcome.stderr);
    let lookup = call(Method::POST, "sys/wrapping/lookup", json!({"token": other}));
    assert_eq!(lookup["data"]["creation_path"], rule);
}

#[test]
fn a_wrapped_token_is_verified_and_its_token_is_ours() {
    let (mut keys, rule) = secret("wrapped/token");
    let policy = crate::setup::policy(&[(&rule, &["read"])]);
    let token = wrapped(Method::POST, "auth/token/create", &json!({"policies": [policy], "ttl": "1h"}));
    merge(&mut keys, json!({"token": null, "token_wrapped": token}));
    let got = get(&resource(keys.clone()), json!({"version": "1"}), json!({}));
    assert_eq!(got.json("vault.json")["app"]["key"], "value");
    let token = wrapped(Method::POST, "auth/token/create-orphan", &json!({"policies": [policy]}));
    merge(&mut keys, json!({"token_wrapped": token}));
    let refused = get(&resource(keys.clone()), json!({"version": "1"}), json!({}));
    assert!(
        refused
            .outcome
            .error()
            .contains("was made by `auth/token/create-orphan`, not by `auth/token/create`")
    );
    merge(&mut keys, json!({"token_wrapped_path": "auth/token/create-orphan"}));
    get(&resource(keys), json!({"version": "1"}), json!({})).outcome.json();
}

#[test]
fn an_answer_is_wrapped_for_somebody_else() {
    let (mut keys, _) = secret("wrapped/answer");
    merge(&mut keys["secret"], json!({"wrap": "5m"}));
    let got = get(&resource(keys), json!({"version": "1"}), json!({}));
    let found = got.json("vault.json")["app"].clone();
    assert_eq!(found["ttl"], 300);
    let token = crate::setup::text(&found["token"]);
    let unwrapped = Vault::try_call(vault(), &token, Method::POST, "sys/wrapping/unwrap", None);
    assert_eq!(unwrapped.1["data"]["data"]["key"], "value");
}

#[test]
fn a_wrapped_credential_and_a_made_token_outlive_the_step() {
    let role = crate::engines::database::Role::new("1h");
    let policy = crate::setup::policy(&[("auth/token/lookup-self", &["read"])]);
    let login = approle(
        &[(&role.path(), &["read"]), ("auth/token/create", &["update"])],
        json!({"token_policies": [policy, crate::setup::policy(&[(&role.path(), &["read"]), ("auth/token/create", &["update"])])]}),
    );
    let mut keys = json!({"secrets": [
        {"path": role.path(), "name": "db", "wrap": "5m", "renew_every": "1h"},
        {"path": "auth/token/create", "name": "token", "take": "auth", "params": {"policies": [policy]}, "renew_every": "1h"},
    ]});
    merge(&mut keys, login);
    let vault_secret = resource(keys);
    let version = vault_secret.check(None).json()[0].clone();
    let got = get(&vault_secret, version, json!({})).json("vault.json");
    let token = crate::setup::text(&got["token"]["client_token"]);
    assert_eq!(vault().try_call(&token, Method::GET, "auth/token/lookup-self", None).0, 200);
    let wrapping = crate::setup::text(&got["db"]["token"]);
    let unwrapped = vault().try_call(&wrapping, Method::POST, "sys/wrapping/unwrap", None).1;
    let (user, password) = (&unwrapped["data"]["username"], &unwrapped["data"]["password"]);
    let connected = crate::engines::database::postgres().query(
        &crate::setup::text(user),
        &crate::setup::text(password),
        "SELECT 1",
    );
    assert_eq!(connected, Ok("1".into()));
}
