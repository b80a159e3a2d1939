//! What check offers, and what it never does.

use http::Method;
use serde_json::{Value, json};
use stack::FaultProxy;

use crate::setup::{
    approle, call, get, merge, mount, mount_kv1, resource, text, token, unique, vault, write,
};

#[test]
fn deleted_and_destroyed_versions_are_not_offered_and_told_apart() {
    let path = unique("checks/versions");
    for value in 1..=5 {
        write(&path, json!({ "key": value }));
    }
    call(Method::POST, &format!("secret/delete/{path}"), json!({"versions": [2]}));
    call(Method::PUT, &format!("secret/destroy/{path}"), json!({"versions": [3]}));
    let vault = resource(json!({"secret": {"path": format!("secret/{path}"), "name": "app"}}));
    let since = |version: &str| vault.check(Some(&json!({ "version": version }))).json();
    assert_eq!(since("1"), json!([{"version": "1"}, {"version": "4"}, {"version": "5"}]));
    assert_eq!(since("2"), json!([{"version": "5"}]), "the given one is gone");
    let said = vault.check(None).stderr;
    assert!(said.contains("version 2 deleted, and can be brought back"), "{said}");
    assert!(said.contains("version 3 destroyed"), "{said}");

    let deleted = get(&vault, json!({"version": "2"}), json!({}));
    assert!(deleted.outcome.error().contains("version 2 of `app` was deleted"));
    assert!(deleted.outcome.stderr.contains("vault kv undelete"));
    let destroyed = get(&vault, json!({"version": "3"}), json!({}));
    assert!(destroyed.outcome.error().contains("version 3 of `app` was destroyed"));
    let unknown = get(&vault, json!({"version": "99"}), json!({}));
    assert!(
        unknown.outcome.error().contains("`app` has no version 99")
            && unknown.outcome.stderr.contains("1, 2, 3, 4, 5")
    );
    let no_number = get(&vault, json!({"version": "latest"}), json!({}));
    assert!(no_number.outcome.error().contains("`latest` is no version of `app`"));

    call(Method::DELETE, &format!("secret/data/{path}"), Value::Null);
    assert_eq!(vault.check(None).json(), json!([{"version": "4"}]), "the newest that lives");
    call(Method::PUT, &format!("secret/destroy/{path}"), json!({"versions": [1, 4]}));
    assert_eq!(vault.check(None).json(), json!([]));
}

#[test]
fn a_policy_for_the_data_alone_suffices() {
    let path = unique("checks/data");
    write(&path, json!({"key": "one"}));
    write(&path, json!({"key": "two"}));
    let token = token(&[(&format!("secret/data/{path}"), &["read"])]);
    let vault = resource(json!({ "token": token, "secret": {"path": format!("secret/{path}")} }));
    assert_eq!(vault.check(None).json(), json!([{"version": "2"}]));
    call(Method::DELETE, &format!("secret/data/{path}"), Value::Null);
    assert_eq!(vault.check(None).json(), json!([]));
}

#[test]
fn unversioned_secrets_have_digests_that_say_nothing_of_them() {
    let kv1 = mount_kv1();
    let write =
        |value: &str| call(Method::POST, &format!("{kv1}/app"), json!({"key": value, "other": "same"}));
    write("one");
    // Vault is asked for the engine: nobody says that this is KV 1.
    let vault = resource(json!({"secret": {"path": format!("{kv1}/app"), "name": "app"}}));
    let first = vault.check(None).json()[0].clone();
    assert_eq!(vault.check(Some(&first)).json(), json!([first]));
    let keyed = resource(json!({"digest_key": "of-my-own", "secret": {"path": format!("{kv1}/app")}}));
    assert_ne!(keyed.check(None).json()[0], first, "the digest is keyed");
    let watching = resource(json!({"secret": {"path": format!("{kv1}/app"), "watch_keys": ["other"]}}));
    let watched = watching.check(None).json()[0].clone();

    write("two");
    let second = vault.check(Some(&first)).json()[0].clone();
    assert_ne!(first, second);
    assert_eq!(watching.check(None).json()[0], watched);
    let got = get(&vault, second, json!({}));
    assert_eq!(got.json("vault.json")["app"]["key"], "two");
    let stale = get(&vault, first, json!({}));
    assert!(stale.outcome.error().contains("has changed since check saw it"));
    assert_eq!(get(&watching, watched, json!({})).files(), ["vault.json"]);

    let folder = stack::Folder::new("jwt");
    let jwt = folder.write("jwt", "a.b.c");
    let ambient = json!({
        "token": null, "auth_engine": "kubernetes", "vault_role": "ci", "jwt_file": jwt, "retry_for": 0,
        "secret": {"engine": "kv1", "mount": kv1, "path": "app"},
    });
    // A login without a lasting secret: nothing could key the digest, and nothing is asked for before that is told.
    assert!(resource(ambient).check(None).error().contains("set `digest_key`"));
}

#[test]
fn several_secrets_make_one_version() {
    let (path, kv1) = (unique("checks/several"), mount_kv1());
    write(&path, json!({"a": 1}));
    call(Method::POST, &format!("{kv1}/app"), json!({"key": "one"}));
    let vault = resource(json!({"secrets": [
        {"path": format!("secret/{path}"), "name": "db"},
        {"path": format!("{kv1}/app")},
        {"path": "secret/not/there", "optional": true},
        {"path": format!("{kv1}/not/there"), "optional": true},
    ]}));
    let version = vault.check(None).json()[0].clone();
    assert_eq!(version.as_object().unwrap().keys().collect::<Vec<_>>(), ["db", &format!("{kv1}/app")]);
    write(&path, json!({"a": 2}));
    let newer = vault.check(Some(&version)).json();
    assert_eq!(newer.as_array().unwrap().len(), 1);
    assert_eq!(
        (&newer[0]["db"], &newer[0][format!("{kv1}/app")]),
        (&json!("2"), &version[format!("{kv1}/app")])
    );
    let got = get(&vault, version, json!({}));
    assert_eq!(got.json("vault.json")["db"], json!({"a": 1}), "just the version that was asked for");
    let twice =
        resource(json!({"secrets": [{"path": "secret/a", "name": "x"}, {"path": "secret/b", "name": "x"}]}));
    assert!(twice.check(None).error().contains("two secrets have the name `x`"));
}

#[test]
fn without_a_secret_time_alone_makes_versions() {
    let vault = resource(json!({"renew_every": "1h"}));
    let bucket = text(&vault.check(None).json()[0]["bucket"]);
    assert!(bucket.ends_with(":00:00Z"), "{bucket}");
}

#[test]
fn what_is_missing_is_told_with_what_is_there() {
    let path = unique("checks/missing");
    write(&format!("{path}/database"), json!({"user": "u"}));
    let check = |path: &str| resource(json!({"secret": {"path": path}})).check(None);
    let typo = check(&format!("secret/{path}/databse"));
    assert!(
        typo.error().contains("does not exist") && typo.stderr.contains("there are `database`"),
        "{}",
        typo.stderr
    );
    let no_mount = check("secrt/app");
    assert!(
        no_mount.error().contains("Vault does not tell what is mounted at `secrt/app`: nothing is"),
        "{}",
        no_mount.stderr
    );
    let mount = check("secret");
    assert!(mount.error().contains("`secret` is a mount, not a secret"));
    let leaves = check("secret/../sys");
    assert!(leaves.error().contains("`.` or `..`"), "{}", leaves.stderr);
    let as_kv1 = resource(json!({"secret": {"engine": "kv1", "mount": "secret", "path": path}})).check(None);
    assert!(as_kv1.error().contains("is KV 2, and was read as KV 1"), "{}", as_kv1.stderr);
    let key = json!({"secrets": [{"path": format!("secret/{path}/database"), "keys": ["password"]}]});
    let no_key = get(&resource(json!({})), json!({"version": "0"}), key);
    assert!(
        no_key.outcome.error().contains("has no key `password`")
            && no_key.outcome.stderr.contains("its keys are `user`")
    );
    assert_eq!(
        resource(json!({"secret": {"path": "secret/not/there", "optional": true}})).check(None).json(),
        json!([])
    );
}

#[test]
fn a_denied_request_names_path_capability_and_policies() {
    let path = unique("checks/denied");
    write(&path, json!({"user": "u"}));
    let login = approle(&[("secret/data/other", &["read"])], json!({}));
    let mut keys = json!({"secret": {"engine": "kv2", "mount": "secret", "path": path}});
    merge(&mut keys, login);
    let denied = resource(keys).check(None);
    let error = denied.error();
    assert!(error.contains(&format!("permission denied at `secret/data/{path}`")), "{error}");
    assert!(error.contains(&format!("must grant `read` on `secret/data/{path}`")), "{error}");
    assert!(error.contains("the token has the policies default, policy-"), "{error}");
    let invalid =
        resource(json!({"token": "hvs.nobody", "secret": {"engine": "kv2", "path": "x"}})).check(None);
    assert!(invalid.error().contains("Vault does not accept the token"), "{}", invalid.stderr);
}

#[test]
fn check_asks_for_states_alone() {
    let pki = crate::engines::pki::authority();
    let database = crate::engines::database::Role::new("1h");
    let transit = mount("transit", json!({}));
    let totp = mount("totp", json!({}));
    let proxy = FaultProxy::in_front_of(vault().url());
    let vault = resource(json!({"address": proxy.url(), "secrets": [
        {"path": database.path()},
        {"path": format!("{pki}/issue/web"), "params": {"common_name": "x"}},
        {"path": format!("{transit}/sign/key"), "text": "x"},
        {"path": format!("{totp}/code/ci"), "renew_every": "1m"},
    ]}));
    vault.check(None).json();
    for request in proxy.requests() {
        let is_question = request.method == Method::GET
            && (request.path.starts_with("/v1/sys/internal/ui/mounts/") || request.path.contains("/roles/"));
        assert!(is_question, "{} {}", request.method, request.path);
    }
}
