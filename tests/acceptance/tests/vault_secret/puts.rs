//! What a put changes.

use std::fs;

use http::Method;
use serde_json::{Value, json};
use stack::{Fault, FaultProxy, Folder, On};

use crate::setup::{call, get, merge, mount_kv1, read, resource, text, token, unique, vault, write};

/// Runs a put with these params and inputs, and returns version and stderr, or the error.
fn put(keys: Value, params: Value, inputs: &Folder) -> Result<(Value, String), String> {
    let outcome = resource(keys).put(inputs.path(), &params);
    if outcome.succeeded {
        Ok((outcome.json()["version"].clone(), outcome.stderr))
    } else {
        Err(outcome.error().to_owned())
    }
}

fn no_inputs() -> Folder {
    Folder::new("put")
}

#[test]
fn secrets_are_written_from_literals_and_files_if_that_changes_anything() {
    let (path, inputs) = (unique("puts/files"), no_inputs());
    fs::create_dir_all(inputs.path().join("in/dir")).unwrap();
    fs::write(inputs.path().join("in/file"), "from a file\n").unwrap();
    fs::write(inputs.path().join("in/dir/a"), "1\n").unwrap();
    fs::write(inputs.path().join("in/dir/b"), "2").unwrap();
    let write = json!({
        "path": format!("secret/{path}"), "name": "app", "data": {"literal": "x", "number": 1},
        "files": {"file": "in/file"}, "from_dir": "in/dir", "trim": true,
    });
    let params = json!({ "write": [write] });
    let (version, said) = put(json!({}), params.clone(), &inputs).unwrap();
    assert_eq!(version, json!({"app": "1"}));
    assert!(said.contains("adds `literal`, `number`, `file`, `a`, `b`"), "{said}");
    assert_eq!(read(&path), json!({"literal": "x", "number": 1, "file": "from a file", "a": "1", "b": "2"}));
    assert_eq!(put(json!({}), params.clone(), &inputs).unwrap().0, json!({"app": "1"}), "nothing changes");
    let mut always = params.clone();
    merge(&mut always, json!({"always_write": true}));
    assert_eq!(put(json!({}), always, &inputs).unwrap().0, json!({"app": "2"}));
    fs::write(inputs.path().join("in/file"), [0xff, 0xfe]).unwrap();
    assert!(put(json!({}), params.clone(), &inputs).unwrap_err().contains("`base64: true`"));
    let mut binary = params;
    binary["write"][0]["base64"] = json!(true);
    put(json!({}), binary, &inputs).unwrap();
    assert_eq!(read(&path)["file"], "//4=");
    fs::create_dir(inputs.path().join("in/dir/c")).unwrap();
    let folder = json!({"write": [{"path": format!("secret/{path}"), "from_dir": "in/dir"}]});
    assert!(put(json!({}), folder, &inputs).unwrap_err().contains("is a folder, and can't be a key"));
}

#[test]
fn patches_change_the_keys_that_are_given() {
    let path = unique("puts/patch");
    write(&path, json!({"keep": "1", "change": "1", "drop": "1"}));
    let patch = |token: Value| {
        let params = json!({"write": [{"path": format!("secret/{path}"), "patch": true, "data": {"change": "2", "drop": null}}]});
        put(json!({ "token": token }), params, &no_inputs())
    };
    // Without the right to patch, the whole is written, by check-and-set.
    let limited = token(&[(&format!("secret/data/{path}"), &["read", "update"])]);
    let (version, _) = patch(json!(limited)).unwrap();
    assert_eq!(version, json!({format!("secret/{path}"): "2"}));
    assert_eq!(read(&path), json!({"keep": "1", "change": "2"}));
    write(&path, json!({"keep": "1", "change": "1", "drop": "1"}));
    let (_, said) = patch(json!(vault().root_token())).unwrap();
    assert!(said.contains("changes `change`; removes `drop`"), "{said}");
    assert_eq!(read(&path), json!({"keep": "1", "change": "2"}));
    call(Method::DELETE, &format!("secret/data/{path}"), Value::Null);
    let deleted = patch(json!(vault().root_token())).unwrap_err();
    assert!(deleted.contains("does not exist, or was deleted"), "{deleted}");
}

#[test]
fn a_write_is_refused_if_somebody_else_was_faster() {
    let path = unique("puts/cas");
    write(&path, json!({"key": "1"}));
    let with_cas =
        |cas: u64| json!({"write": [{"path": format!("secret/{path}"), "cas": cas, "data": {"key": "new"}}]});
    let refused = put(json!({}), with_cas(0), &no_inputs()).unwrap_err();
    assert!(refused.contains("is at version 1, and `cas` asks it not to exist"), "{refused}");
    assert_eq!(put(json!({}), with_cas(1), &no_inputs()).unwrap().0[format!("secret/{path}")], "2");

    // Between our read and our write somebody writes: it is done again, and nobody's write is lost.
    let proxy = FaultProxy::in_front_of(vault().url());
    let overtaken = stack::fault_proxy::Answer::new(400)
        .json(r#"{"errors":["check-and-set parameter did not match the current version"]}"#);
    proxy.inject(On::post("/v1/secret/data/").once(), Fault::Answer(overtaken));
    let params = json!({"write": [{"path": format!("secret/{path}"), "data": {"key": "newer"}}]});
    let (version, said) = put(json!({"address": proxy.url()}), params, &no_inputs()).unwrap();
    assert_eq!(version[format!("secret/{path}")], "3");
    assert!(said.contains("was written by somebody else meanwhile"), "{said}");
}

#[test]
fn a_write_whose_answer_is_lost_is_not_made_twice() {
    let path = unique("puts/lost");
    let proxy = FaultProxy::in_front_of(vault().url());
    proxy.inject(On::post("/v1/secret/data/").once(), Fault::ResetAfter(1));
    let params = json!({"write": [{"path": format!("secret/{path}"), "data": {"key": "1"}}]});
    let (version, _) = put(json!({"address": proxy.url()}), params, &no_inputs()).unwrap();
    assert_eq!(version[format!("secret/{path}")], "1");
}

#[test]
fn a_dry_run_tells_keys_and_changes_nothing() {
    let (path, kv1) = (unique("puts/dry"), mount_kv1());
    write(&path, json!({"old": "value-of-old", "same": "1"}));
    let params = json!({
        "dry_run": true,
        "write": [
            {"path": format!("secret/{path}"), "data": {"same": "1", "new": "value-of-new"}, "owner": "ci", "custom_metadata": {"a": "b"}},
            {"path": format!("{kv1}/app"), "data": {"k": "v"}},
        ],
        "delete": [{"path": format!("secret/{path}")}],
        "rotate": ["database/rotate-root/none"],
    });
    // The owner is not ours: a dry run finds that out as well.
    let refused = put(json!({}), params.clone(), &no_inputs()).unwrap_err();
    assert!(refused.contains("is not marked as managed by `ci`"), "{refused}");
    let mut params = params;
    params["write"][0]["owner"] = Value::Null;
    let (version, said) = put(json!({}), params, &no_inputs()).unwrap();
    assert_eq!(version[format!("secret/{path}")], "1");
    assert!(said.contains("adds `new`; removes `old`") && !said.contains("value-of"), "{said}");
    assert_eq!(read(&path), json!({"old": "value-of-old", "same": "1"}));
    assert_eq!(vault().try_call(vault().root_token(), Method::GET, &format!("{kv1}/app"), None).0, 404);
}

#[test]
fn values_are_generated_once() {
    let path = unique("puts/generate");
    let policy = unique("strong");
    let rule = "length = 20\nrule \"charset\" { charset = \"xyz\" min-chars = 20 }";
    call(Method::PUT, &format!("sys/policies/password/{policy}"), json!({ "policy": rule }));
    let params = json!({"write": [{"path": format!("secret/{path}"), "data": {"user": "app"}, "generate": {
        "by_policy": {"policy": policy}, "random": {"length": 40}, "hex": {"length": 16, "charset": "0123456789abcdef"},
    }}]});
    let outcome = put(json!({}), params.clone(), &no_inputs()).unwrap();
    let first = read(&path);
    let by_policy = text(&first["by_policy"]);
    assert!(by_policy.len() == 20 && by_policy.chars().all(|letter| "xyz".contains(letter)));
    assert_eq!((text(&first["random"]).len(), text(&first["hex"]).len()), (40, 16));
    assert!(!outcome.1.contains(&by_policy) && !outcome.1.contains(&text(&first["random"])));
    put(json!({}), params.clone(), &no_inputs()).unwrap();
    assert_eq!(read(&path), first, "what exists is kept");
    let mut again = params;
    again["write"][0]["generate"]["random"]["always"] = json!(true);
    put(json!({}), again.clone(), &no_inputs()).unwrap();
    assert!(read(&path)["random"] != first["random"] && read(&path)["hex"] == first["hex"]);
    again["write"][0]["generate"]["hex"]["policy"] = json!("no-such-policy");
    again["write"][0]["generate"]["hex"]["always"] = json!(true);
    assert!(
        put(json!({}), again, &no_inputs())
            .unwrap_err()
            .contains("there is no password policy `no-such-policy`")
    );
}

#[test]
fn metadata_of_the_build_and_of_the_owner_stand_beside_the_secret() {
    let path = unique("puts/owner");
    let params = |owner: &str| {
        json!({"write": [{"path": format!("secret/{path}"), "data": {"key": "1"}, "owner": owner,
            "custom_metadata": {"build": "{{ build.job }}/{{ build.name }}"}, "max_versions": 5, "delete_version_after": "30d"}]})
    };
    let inputs = no_inputs();
    let payload = json!({"source": crate::setup::source(json!({})), "params": params("ci")});
    let mut command = resource(json!({})).command("out", Some(inputs.path()));
    command
        .env("BUILD_JOB_NAME", "deploy")
        .env("BUILD_NAME", "7")
        .write_stdin(payload.to_string())
        .assert()
        .success();
    let metadata = call(Method::GET, &format!("secret/metadata/{path}"), Value::Null)["data"].clone();
    assert_eq!(metadata["custom_metadata"], json!({"build": "deploy/7", "managed-by": "ci"}));
    assert_eq!(
        (&metadata["max_versions"], &metadata["delete_version_after"]),
        (&json!(5), &json!("720h0m0s"))
    );
    let refused = put(json!({}), params("other"), &inputs).unwrap_err();
    assert!(refused.contains("is managed by `ci`, not by `other`"), "{refused}");
    let got = get(
        &resource(json!({"secret": {"path": format!("secret/{path}"), "name": "app"}})),
        json!({"version": "1"}),
        json!({"files": [{"format": "metadata"}]}),
    );
    assert_eq!(got.json("metadata.json")["app"]["custom_metadata"]["build"], "deploy/7");
}

#[test]
fn versions_are_deleted_restored_rolled_back_copied_and_destroyed() {
    let (path, kv1) = (unique("puts/versions"), mount_kv1());
    for value in 1..=3 {
        write(&path, json!({ "key": value }));
    }
    let at = format!("secret/{path}");
    let run = |params: Value| put(json!({}), params, &no_inputs());
    let state = |number: u64| {
        let (_, answer) = vault().try_call(
            vault().root_token(),
            Method::GET,
            &format!("secret/data/{path}?version={number}"),
            None,
        );
        answer["data"].clone()
    };
    assert_eq!(
        run(json!({"delete": [{"path": at, "versions": [1, 2]}]})).unwrap().0,
        json!({format!("deleted:{at}"): "1,2"})
    );
    assert!(state(1)["data"].is_null() && state(2)["data"].is_null());
    run(json!({"undelete": [{"path": at, "versions": [1, 2]}]})).unwrap();
    assert_eq!(state(1)["data"], json!({"key": 1}));
    assert_eq!(run(json!({"rollback": [{"path": at, "version": 1}]})).unwrap().0, json!({&at: "4"}));
    assert_eq!(read(&path), json!({"key": 1}));
    run(json!({"copy": [{"from": at, "version": 3, "to": format!("{kv1}/copy")}]})).unwrap();
    assert_eq!(call(Method::GET, &format!("{kv1}/copy"), Value::Null)["data"], json!({"key": 3}));
    run(json!({"destroy": [{"path": at, "versions": [2]}]})).unwrap();
    assert_eq!(state(2)["metadata"]["destroyed"], true);
    assert!(run(json!({"rollback": [{"path": at, "version": 2}]})).unwrap_err().contains("version 2 of"));
    run(json!({"delete": [{"path": at}, {"path": format!("{kv1}/copy")}]})).unwrap();
    assert!(state(4)["data"].is_null());
    run(json!({"delete": [{"path": at, "everything": true}]})).unwrap();
    assert_eq!(
        vault().try_call(vault().root_token(), Method::GET, &format!("secret/metadata/{path}"), None).0,
        404
    );
    assert!(run(json!({"destroy": [{"path": at}]})).unwrap_err().contains("`versions` is missing"));
    assert!(
        run(json!({"undelete": [{"path": format!("{kv1}/x"), "versions": [1]}]}))
            .unwrap_err()
            .contains("is not in KV 2")
    );
    assert!(run(json!({})).unwrap_err().contains("ask for nothing"));
}

#[test]
fn a_token_that_may_write_alone_can_write() {
    let path = unique("puts/blind");
    let blind = token(&[(&format!("secret/data/{path}"), &["create", "update"])]);
    let params = json!({"write": [{"path": format!("secret/{path}"), "data": {"key": "1"}}]});
    assert_eq!(
        put(json!({ "token": blind }), params, &no_inputs()).unwrap().0[format!("secret/{path}")],
        "1"
    );
}

#[test]
fn any_path_that_takes_a_write_can_be_written() {
    let totp = crate::setup::mount("totp", json!({}));
    let key = json!({"url": "otpauth://totp/Q:ci?secret=JBSWY3DPEHPK3PXP&issuer=Q"});
    put(json!({}), json!({"write": [{"path": format!("{totp}/keys/ci"), "data": key}]}), &no_inputs())
        .unwrap();
    assert_eq!(
        call(Method::GET, &format!("{totp}/code/ci"), Value::Null)["data"]["code"].as_str().unwrap().len(),
        6
    );
}

#[test]
fn a_put_of_a_watched_secret_without_versions_gives_the_digest_of_check() {
    let kv1 = mount_kv1();
    for watch_keys in [json!([]), json!(["key"])] {
        let secret = json!({"path": format!("{kv1}/app"), "name": "app", "watch_keys": watch_keys});
        let vault = resource(json!({ "secret": secret }));
        let params = json!({"write": [{"path": format!("{kv1}/app"), "data": {"key": "1", "other": "2"}}]});
        let version = vault.put(no_inputs().path(), &params).json()["version"].clone();
        assert_eq!(vault.check(None).json(), json!([version]));
        assert_eq!(get(&vault, version, json!({})).json("vault.json")["app"]["key"], "1");
    }
}
