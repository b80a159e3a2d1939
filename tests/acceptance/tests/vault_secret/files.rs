//! The files that a get writes.

use std::process::Command;

use http::Method;
use serde_json::{Value, json};

use crate::setup::{Got, call, get, resource, unique, write};

/// Gets two secrets, `db` and `app`, into these files.
fn files(files: Value) -> Got {
    let path = unique("files");
    write(&format!("{path}/db"), json!({"user": "u-name", "pass-word": "it's $x\nnext", "port": 5432}));
    write(
        &format!("{path}/app"),
        json!({"key": "-k-", "blob": "/wD+", "config": "{\"level\": {\"deep\": 1}}"}),
    );
    let secrets = json!([
        {"path": format!("secret/{path}/db"), "name": "db"},
        {"path": format!("secret/{path}/app"), "name": "app", "prefix": "app_", "decode": ["blob"], "expand_json": true},
    ]);
    get(&resource(json!({})), json!({"version": "0"}), json!({"secrets": secrets, "files": files}))
}

#[test]
fn one_file_per_key_holds_the_bytes() {
    let got = files(
        json!([{"format": "files"}, {"format": "files", "file": "all/of", "sanitize": true, "upcase": true}]),
    );
    assert_eq!(got.files().len(), 12);
    assert_eq!(got.text("db/pass-word"), "it's $x\nnext");
    assert_eq!(got.text("db/port"), "5432");
    assert_eq!(got.text("all/of/db/PASS_WORD"), "it's $x\nnext");
    assert_eq!(std::fs::read(got.folder.path().join("app/blob")).unwrap(), [0xff, 0x00, 0xfe]);
}

#[test]
fn shells_read_their_files_back() {
    let got = files(json!([
        {"format": "shell", "secrets": ["db"], "sanitize": true, "upcase": true, "prefix": "db_"},
        {"format": "env", "secrets": ["db"], "sanitize": true},
        {"format": "properties", "secrets": ["db"]},
    ]));
    assert_eq!(got.files(), [".env", "secrets.properties", "secrets.sh"]);
    let script = format!(". {}/secrets.sh; printf %s \"$DB_PASS_WORD\"", got.folder.path().display());
    let output = Command::new("sh").args(["-euc", &script]).env_clear().output().unwrap();
    assert_eq!(String::from_utf8_lossy(&output.stdout), "it's $x\nnext");
    assert!(got.text(".env").contains("pass_word=\"it's \\$x\\nnext\"\n"));
    assert!(got.text("secrets.properties").contains("pass-word=it's $x\\nnext\n"));
}

/// Reads YAML by another program's reader.
fn yaml(got: &Got, name: &str) -> Value {
    let script = "import json,sys,yaml; print(json.dumps(yaml.safe_load(open(sys.argv[1]))))";
    let output =
        Command::new("python3").args(["-c", script]).arg(got.folder.path().join(name)).output().unwrap();
    serde_json::from_slice(&output.stdout)
        .unwrap_or_else(|_| panic!("{}", String::from_utf8_lossy(&output.stderr)))
}

#[test]
fn structured_formats_are_read_back_by_others() {
    let got = files(json!([
        {"format": "json"}, {"format": "yaml"}, {"format": "vars", "nested": true},
        {"format": "toml", "secrets": ["db"]}, {"format": "helm-values", "at": "global.db", "secrets": ["db"]},
    ]));
    let expected = json!({
        "user": "u-name", "pass-word": "it's $x\nnext", "port": 5432,
        "app_key": "-k-", "app_blob": "/wD+", "app_config": {"level": {"deep": 1}},
    });
    assert_eq!(got.json("secrets.json"), expected);
    assert_eq!(yaml(&got, "secrets.yml"), expected);
    assert_eq!(yaml(&got, "vars.yml")["app"]["app_config"]["level"]["deep"], 1);
    assert_eq!(yaml(&got, "values.yml")["global"]["db"]["pass-word"], "it's $x\nnext");
    let script = "import json,sys,tomllib; print(json.dumps(tomllib.load(open(sys.argv[1],'rb'))))";
    let output = Command::new("python3")
        .args(["-c", script])
        .arg(got.folder.path().join("secrets.toml"))
        .output()
        .unwrap();
    let toml: Value = serde_json::from_slice(&output.stdout).unwrap();
    assert_eq!(toml, json!({"user": "u-name", "pass-word": "it's $x\nnext", "port": 5432}));
}

#[test]
fn a_kubernetes_secret_is_taken_by_the_api_server() {
    let labels = json!({"app": "shop"});
    let object = json!({"name": "db", "namespace": "vault-files", "labels": labels});
    let got = files(json!([{"format": "kubernetes-secret", "secrets": ["db", "app"], "kubernetes": object}]));
    let cluster = crate::login_kubernetes::cluster();
    cluster.create_namespace("vault-files");
    let made =
        cluster.call(Method::POST, "api/v1/namespaces/vault-files/secrets", Some(&yaml(&got, "secret.yml")));
    assert_eq!((&made["type"], &made["metadata"]["labels"]), (&json!("Opaque"), &labels));
    assert_eq!((&made["data"]["user"], &made["data"]["app_blob"]), (&json!("dS1uYW1l"), &json!("/wD+")));

    let pki = crate::engines::pki::authority();
    let secrets = json!([{"path": format!("{pki}/issue/web"), "name": "web", "params": {"common_name": "a.example.com"}}]);
    let object = json!({"name": "web", "namespace": "vault-files", "type": "kubernetes.io/tls"});
    let params =
        json!({"secrets": secrets, "files": [{"format": "kubernetes-secret", "kubernetes": object}]});
    let got = get(&resource(json!({})), json!({"version": "0"}), params);
    let made =
        cluster.call(Method::POST, "api/v1/namespaces/vault-files/secrets", Some(&yaml(&got, "secret.yml")));
    assert!(made["data"]["tls.crt"].is_string() && made["data"]["tls.key"].is_string(), "{made}");
}

#[test]
fn a_template_sees_all_values() {
    let template = "url=postgres://{{ secrets.db.user }}@{{ secrets.app.key }}:{{ secrets.db.port }}\n";
    let got = files(json!([{"format": "template", "file": "conf/app.ini", "template": template}]));
    assert_eq!(got.text("conf/app.ini"), "url=postgres://u-name@-k-:5432\n");
    let wrong = files(json!([{"format": "template", "template": "{{ secrets.db.pasword }}"}]));
    assert!(
        wrong.outcome.error().contains("undefined value") && wrong.outcome.stderr.contains("`pass-word`")
    );
    assert_eq!(wrong.files(), [""; 0], "nothing is written");
}

#[test]
fn nothing_is_written_if_anything_is_wrong() {
    let cases = [
        (json!([{"format": "env"}]), "is no name of a variable"),
        (json!([{"format": "json", "file": "../out"}]), "is no name for a file below the destination"),
        (json!([{"format": "json", "secrets": ["dbb"]}]), "asks for a secret `dbb` that was not fetched"),
        (
            json!([{"format": "json", "file": "a"}, {"format": "yaml", "file": "a"}]),
            "two files would be called `a`",
        ),
        (json!([{"format": "pem"}]), "has no `certificate`"),
        (json!([{"format": "kubernetes-secret"}]), "`kubernetes.name` is missing"),
        (json!([{"format": "shell", "sanitize": true}]), "the value of `app_blob` is binary"),
        (json!([{"format": "jsn"}]), "did you mean `json`?"),
    ];
    for (wanted, expected) in cases {
        let got = files(wanted.clone());
        assert!(got.outcome.error().contains(expected), "{wanted}: {}", got.outcome.stderr);
        assert_eq!(got.files(), [""; 0], "{wanted}");
    }
}

#[test]
fn names_from_vault_stay_below_the_folder() {
    let path = unique("files/names");
    call(Method::POST, &format!("secret/data/{path}"), json!({"data": {"../../x": "1", "ok": "2"}}));
    let secrets = json!([{"path": format!("secret/{path}"), "name": "n"}]);
    let got = get(
        &resource(json!({})),
        json!({"version": "0"}),
        json!({"secrets": secrets, "files": [{"format": "files"}]}),
    );
    assert!(got.outcome.error().contains("can't be a file's name"));
}
