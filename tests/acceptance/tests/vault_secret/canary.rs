//! No secret shows, whatever happens: not in stdout, stderr, metadata, versions, nor in files that others can read.

use http::Method;
use serde_json::{Value, json};
use stack::{Fault, FaultProxy, Folder, On};

use crate::setup::{approle, call, get, merge, mount_kv1, resource, unique, vault, write};

/// Values that must never show. Together they would fill any word that a test looks for.
const CANARIES: [&str; 3] = ["canary-of-a-value", "canary/of+a=key", "canary in\ntwo-canary-lines"];

fn encodings() -> Vec<String> {
    use base64::Engine as _;
    let engine = base64::engine::general_purpose::STANDARD;
    let lines = CANARIES.iter().flat_map(|canary| canary.lines());
    let mut forms: Vec<String> = lines.clone().map(str::to_owned).collect();
    forms.extend(lines.map(|line| engine.encode(line)));
    forms.extend(
        CANARIES.iter().map(|canary| canary.replace('/', "%2F").replace('+', "%2B").replace('=', "%3D")),
    );
    forms
}

#[track_caller]
fn shows_nothing(what: &str, shown: &str, more: &[&str]) {
    for canary in encodings().iter().map(String::as_str).chain(more.iter().copied()) {
        assert!(!shown.contains(canary), "{what} shows {canary}:\n{shown}");
    }
}

#[test]
fn no_step_shows_a_secret() {
    let (path, kv1) = (unique("canary"), mount_kv1());
    let data = json!({"a": CANARIES[0], "b": {"nested": [CANARIES[1]]}, "c": CANARIES[2]});
    write(&path, data.clone());
    call(Method::POST, &format!("{kv1}/app"), data.clone());
    let secret_rule = format!("secret/data/{path}");
    let kv1_rule = format!("{kv1}/*");
    let login = approle(
        &[(&secret_rule, &["read", "create", "update"]), (&kv1_rule, &["read", "create", "update"])],
        json!({}),
    );
    let secret_id = login["secret_id"].as_str().unwrap().to_owned();
    let role_id = login["role_id"].as_str().unwrap().to_owned();
    let credentials = [secret_id.as_str(), role_id.as_str()];
    let proxy = FaultProxy::in_front_of(vault().url());
    let mut keys = json!({
        "debug": true, "digest_key": CANARIES[0], "address": proxy.url(),
        "secrets": [{"path": format!("secret/{path}"), "name": "v"}, {"path": format!("{kv1}/app"), "name": "k"}],
    });
    merge(&mut keys, login);
    let vault = resource(keys);

    let check = vault.check(None);
    let version = check.json()[0].clone();
    shows_nothing("check", &format!("{}{}", check.stdout, check.stderr), &credentials);
    let got = get(
        &vault,
        version.clone(),
        json!({"files": [{"format": "vault"}, {"format": "files"}, {"format": "metadata"}]}),
    );
    shows_nothing("get", &format!("{}{}", got.outcome.stdout, got.outcome.stderr), &credentials);
    assert_eq!(got.json("vault.json")["v"], data, "the secret itself is there");
    shows_nothing("metadata.json", &got.text("metadata.json"), &credentials);
    got.files();

    let inputs = Folder::new("put");
    std::fs::create_dir(inputs.path().join("in")).unwrap();
    std::fs::write(inputs.path().join("in/file"), CANARIES[2]).unwrap();
    for path in [format!("secret/{path}"), format!("{kv1}/app")] {
        for dry_run in [true, false] {
            let write = json!({"path": path, "data": {"new": CANARIES[1]}, "files": {"file": "in/file"}});
            let put = vault.put(inputs.path(), &json!({"write": [write], "dry_run": dry_run}));
            put.json();
            shows_nothing("put", &format!("{}{}", put.stdout, put.stderr), &credentials);
        }
    }
    let tokens: Vec<String> = proxy
        .requests()
        .iter()
        .filter_map(|request| request.header("x-vault-token").map(str::to_owned))
        .collect();
    let all = format!("{}{}{}", check.stderr, got.outcome.stderr, got.outcome.stdout);
    tokens.iter().for_each(|token| assert!(!all.contains(token), "a login token shows"));
}

#[test]
fn no_failure_shows_a_secret() {
    let path = unique("canary");
    write(&path, json!({"a": CANARIES[0], "c": CANARIES[2]}));
    let faults: Vec<(&str, Option<Fault>, Value)> = vec![
        (
            "a wrong type",
            None,
            json!({"secrets": [{"path": format!("secret/{path}"), "text": [CANARIES[0]]}]}),
        ),
        ("a template's mistake", None, json!({"template": "{{ secrets.v.a + 1 }}{{ secrets.v.nothing }}"})),
        ("not base64", None, json!({"decode": true})),
        (
            "a server that echoes",
            Some(Fault::Answer(
                stack::fault_proxy::Answer::new(400)
                    .json(&json!({"errors": [format!("bad token {}", vault().root_token())]}).to_string()),
            )),
            json!({}),
        ),
        ("a connection that is lost", Some(Fault::HangUp), json!({})),
        (
            "no JSON",
            Some(Fault::Answer(stack::fault_proxy::Answer::new(200).body("text/plain", CANARIES[0]))),
            json!({}),
        ),
    ];
    for (case, fault, change) in faults {
        let proxy = FaultProxy::in_front_of(vault().url());
        if let Some(fault) = fault {
            proxy.inject(On::path("/v1/secret/"), fault);
        }
        let decode = change.get("decode").cloned().unwrap_or(json!(false));
        let secrets = json!([{"path": format!("secret/{path}"), "name": "v", "decode": decode}]);
        let mut params = json!({"secrets": change.get("secrets").unwrap_or(&secrets)});
        if let Some(template) = change.get("template") {
            merge(&mut params, json!({"files": [{"format": "template", "template": template}]}));
        }
        let source =
            json!({"address": proxy.url(), "debug": true, "retry_for": "1s", "digest_key": CANARIES[1]});
        let got = get(&resource(source), json!({"version": "0"}), params);
        shows_nothing(case, got.outcome.error(), &[vault().root_token()]);
    }
    let misspelt =
        resource(json!({"pasword": CANARIES[0], "secret_id": [CANARIES[1]], "token": {"x": CANARIES[2]}}))
            .check(None);
    shows_nothing("a payload that is refused", misspelt.error(), &[]);
}
