//! Pipelines that were written for the resources before ours.

use http::Method;
use serde_json::{Value, json};

use crate::setup::{Got, call, get, mount_kv1, read, resource, text, token, unique, write};

/// The pipeline of mschuchard's README, with the versions that it would see.
#[test]
fn source_secret_is_checked_and_fetched_as_before() {
    let path = unique("drop-in/source");
    for value in ["one", "two", "three"] {
        write(&path, json!({ "key": value }));
    }
    let vault = resource(
        json!({"auth_engine": "token", "secret": {"engine": "kv2", "mount": "secret", "path": path}}),
    );
    assert_eq!(vault.check(None).json(), json!([{"version": "3"}]));
    let versions = vault.check(Some(&json!({"version": "1"}))).json();
    assert_eq!(versions, json!([{"version": "1"}, {"version": "2"}, {"version": "3"}]));

    let got = get(&vault, json!({"version": "2"}), json!({}));
    let identifier = format!("secret-{path}");
    assert_eq!(got.json("vault.json"), json!({ &identifier: {"key": "two"} }));
    assert_eq!(got.outcome.json()["version"], json!({"version": "2"}));
    assert_eq!(got.files(), ["vault.json"]);
    assert_eq!(got.metadata(&format!("{identifier}-LeaseDuration")).as_deref(), Some("0s"));
    assert_eq!(got.metadata(&format!("{identifier}-Renewable")).as_deref(), Some("false"));
    assert_eq!(got.metadata("version").as_deref(), Some("2"));
}

#[test]
fn params_under_mounts_are_fetched_into_one_file() {
    let (path, kv1) = (unique("drop-in/params"), mount_kv1());
    write(&path, json!({"password": "supersecret"}));
    call(Method::POST, &format!("{kv1}/app"), json!({"token": "ultrasecret"}));
    let vault = resource(json!({}));
    assert_eq!(vault.check(None).json(), json!([{"version": "0"}]));
    let params = json!({
        "secret": {"engine": "kv2", "paths": [path]},
        &kv1: {"engine": "kv1", "paths": ["app"]},
    });
    let got = get(&vault, json!({"version": "0"}), params);
    let expected = json!({
        format!("secret-{path}"): {"password": "supersecret"},
        format!("{kv1}-app"): {"token": "ultrasecret"},
    });
    assert_eq!(got.json("vault.json"), expected);
    assert_eq!(got.outcome.json()["version"], json!({"version": "0"}));
}

#[test]
fn secrets_in_source_and_params_are_refused_and_neither_too() {
    let both = resource(json!({"secret": {"engine": "kv2", "mount": "secret", "path": "x"}}));
    let refused = get(&both, json!({"version": "1"}), json!({"secret": {"engine": "kv2", "paths": ["x"]}}));
    assert!(refused.outcome.error().contains("named both in source and in the params"));
    let neither = get(&resource(json!({})), json!({"version": "0"}), json!({}));
    assert!(neither.outcome.error().contains("no secret is named"));
}

#[test]
fn put_under_mounts_gives_the_map_of_before_and_the_implicit_get_works() {
    let (path, kv1) = (unique("drop-in/put"), mount_kv1());
    write(&path, json!({"other": "kept", "key": "old"}));
    let vault = resource(json!({}));
    let folder = stack::Folder::new("put");
    let params = json!({
        "secret": {"engine": "kv2", "secrets": {&path: {"key": "value"}}, "patch": true},
        &kv1: {"engine": "kv1", "secrets": {"app": {"key": "value"}, "team/app": {"key": "value"}}, "patch": true},
    });
    let version = vault.put(folder.path(), &params).json()["version"].clone();
    assert_eq!(version[format!("secret-{path}")], "2");
    let names: Vec<&String> = version.as_object().unwrap().keys().collect();
    assert_eq!(names.len(), 3, "{version}");
    assert_eq!(read(&path), json!({"other": "kept", "key": "value"}));

    let implicit = get(&vault, version.clone(), json!({}));
    assert_eq!(implicit.json("vault.json"), json!({}));
    let with_params = get(&vault, version, json!({&kv1: {"engine": "kv1", "paths": ["team/app"]}}));
    assert_eq!(with_params.json("vault.json"), json!({format!("{kv1}-team/app"): {"key": "value"}}));
}

#[test]
fn put_of_the_watched_secret_continues_its_history() {
    let path = unique("drop-in/watched");
    write(&path, json!({"key": "old"}));
    let vault = resource(json!({"secret": {"engine": "kv2", "mount": "secret", "path": path}}));
    let folder = stack::Folder::new("put");
    let params = json!({"secret": {"engine": "kv2", "secrets": {&path: {"key": "new"}}}});
    let put = vault.put(folder.path(), &params).json();
    assert_eq!(put["version"], json!({"version": "2"}));
    assert_eq!(
        vault.put(folder.path(), &params).json()["version"],
        json!({"version": "2"}),
        "nothing changes"
    );
    let got = get(&vault, json!({"version": "2"}), json!({}));
    assert_eq!(got.json("vault.json")[format!("secret-{path}")]["key"], "new");
}

#[test]
fn tokens_are_taken_whatever_letters_they_have() {
    let path = unique("drop-in/token");
    write(&path, json!({"key": "value"}));
    let rule = format!("secret/data/{path}");
    // Of sixty fresh tokens some forty have a letter that mschuchard's resource refuses.
    let made = (0..20).map(|_| token(&[(&rule, &["read"])]));
    let odd = made.into_iter().find(|token| token.contains(['-', '_'])).expect("a token with - or _");
    let vault = resource(json!({"auth_engine": "token", "token": format!(" {odd}\n")}));
    let got = get(&vault, json!({"version": "0"}), json!({"secret": {"engine": "kv2", "paths": [path]}}));
    assert_eq!(got.json("vault.json")[format!("secret-{path}")]["key"], "value");
}

#[test]
fn keys_of_the_earlier_resources_are_known() {
    let path = unique("drop-in/aliases");
    write(&path, json!({"api-key": "value"}));
    // Comcast's.
    let mut source = json!({
        "vault_addr": crate::setup::vault().url(), "address": null, "vault_token": crate::setup::vault().root_token(),
        "token": null, "vault_insecure": true, "vault_paths": {format!("secret/data/{path}"): -1},
        "format": "yaml", "prefix": "app", "upcase": true, "sanitize": true, "retries": 3, "debug": true,
    });
    let vault = resource(source.clone());
    let version = vault.check(None).json()[0].clone();
    assert_eq!(version, json!({format!("secret/data/{path}"): "1"}));
    let got = get(&vault, version.clone(), json!({}));
    assert_eq!(got.text("secrets"), "\"APP_API_KEY\": \"value\"\n");
    crate::setup::merge(&mut source, json!({"format": "json"}));
    let got = get(&resource(source), version, json!({}));
    assert_eq!(got.text("secrets"), r#"{"APP_API_KEY":"value"}"#);
}

#[test]
fn api_paths_are_written_as_docurated_wrote_them() {
    let (path, kv1) = (unique("drop-in/paths"), mount_kv1());
    write(&path, json!({"key": "two"}));
    call(Method::POST, &format!("{kv1}/app"), json!({"key": "one"}));
    let source = json!({"url": crate::setup::vault().url(), "address": null, "tls_skip_verify": true, "expose_token": "true"});
    let params = json!({"paths": [format!("secret/data/{path}"), format!("{kv1}/app")]});
    let got = get(&resource(source), json!({"version": "0"}), params);
    assert_eq!(got.json(&format!("secret/data/{path}.json"))["data"], json!({"key": "two"}));
    assert_eq!(got.json(&format!("{kv1}/app.json")), json!({"key": "one"}));
    assert_eq!(got.text("token"), crate::setup::vault().root_token());
    let refused = resource(json!({"nonce": "x"})).check(None);
    assert!(refused.error().contains("`source.nonce`: is not supported: the EC2 login is replaced"));
}

#[test]
fn unknown_keys_are_refused_unless_allowed() {
    let refused = resource(json!({"vault_rol": "x"})).check(None);
    assert!(
        refused.error().contains("`source.vault_rol`: unknown field; did you mean `vault_role`?"),
        "{}",
        refused.stderr
    );
    let allowed = resource(json!({"vault_rol": "x", "allow_unknown_keys": true})).check(None);
    assert_eq!(allowed.json(), json!([{"version": "0"}]));
}

#[test]
fn leases_are_renewed_by_the_end_of_their_ids() {
    let credentials = crate::engines::database::Role::new("1h");
    let made = call(Method::GET, &credentials.path(), Value::Null);
    let id = text(&made["lease_id"]);
    let end = id.rsplit('/').next().unwrap();
    let vault = resource(json!({}));
    // mitodl's form.
    let params =
        json!({&credentials.mount: {"engine": "database", "paths": [format!("app/{end}")], "renew": true}});
    let got: Got = get(&vault, json!({"version": "0"}), params);
    assert_eq!(got.json("vault.json"), json!({}));
    let identifier = format!("{}-app/{end}", credentials.mount);
    assert_eq!(got.metadata(&format!("{identifier}-Renewable")).as_deref(), Some("true"));
    // mschuchard's form.
    let secret = json!({"engine": "database", "mount": credentials.mount, "path": "app", "lease_id": end});
    let versions = resource(json!({ "secret": secret })).check(None).json();
    assert!(text(&versions[0]["version"]).ends_with('Z'), "{versions}");
}
