//! Secrets: check of one path, and get of 1, 50 and 500, beside the `vault` command.

use std::fs;
use std::time::Duration;

use http::Method;
use serde_json::{Value, json};
use stack::{FaultProxy, Folder, Vault};

use crate::command::Measured;
use crate::measure::median;
use crate::table::{self, Table};

const LATENCY: Duration = Duration::from_millis(20);
const MOST: usize = 500;

pub(super) fn run() -> Result<(), String> {
    let vault = Vault::dev();
    for number in 0..MOST {
        let secret = json!({"data": {"username": format!("user-{number}"), "password": format!("password-of-{number}")}});
        vault.call(Method::POST, &format!("secret/data/bench/{number}"), Some(&secret));
    }
    let near = FaultProxy::in_front_of(vault.url());
    let far = FaultProxy::builder(vault.url()).latency(LATENCY).start();
    let place = Place { vault: &vault, folder: Folder::new("bench-vault") };
    place.check()?;
    for count in [1, 50, MOST] {
        place.get(count, &vault.url(), "on loopback")?;
        place.get(count, &far.url(), "20 ms added to each request")?;
    }
    place.requests(&near)?;
    Ok(())
}

struct Place<'a> {
    vault: &'a Vault,
    folder: Folder,
}

impl Place<'_> {
    fn check(&self) -> Result<(), String> {
        let source = self.source(&self.vault.url(), json!({"secret": {"path": "secret/bench/0"}}));
        let ours =
            Measured::step("vault-secret check", "vault-secret", "check", None, &json!({ "source": source }));
        let theirs = self.command(
            "vault kv metadata get",
            &self.vault.url(),
            "kv metadata get -format=json -mount=secret bench/0",
        );
        self.compare("check of one KV 2 path, on loopback", [(ours, 15), (theirs, 15)])
    }

    fn get(&self, count: usize, url: &str, how: &str) -> Result<(), String> {
        let ours = self.step("vault-secret get", count, url, json!({"token": self.vault.root_token()}));
        let (label, line) = match count {
            1 => ("vault kv get".to_owned(), "kv get -format=json -mount=secret bench/0".to_owned()),
            _ => (format!("vault kv get, {count} times"), String::new()),
        };
        let theirs =
            if count == 1 { self.command(&label, url, &line) } else { self.repeated(&label, url, count) };
        let runs = if count == 1 { 15 } else { 5 };
        let paths = if count == 1 { "path" } else { "paths" };
        let title = format!("get of {count} KV 2 {paths}, {how}");
        self.compare(&title, [(ours, runs), (theirs, if count == 1 { 15 } else { 1 })])
    }

    /// Says how often Vault is asked, with a login.
    fn requests(&self, proxy: &FaultProxy) -> Result<(), String> {
        let step = self.step("vault-secret get", MOST, &proxy.url(), self.approle());
        median(&step, 1, || self.empty())?;
        let (requests, most) = (proxy.requests(), proxy.max_in_flight());
        let logins = requests.iter().filter(|request| request.path.ends_with("/login")).count();
        table::note(&format!(
            "\nA get of {MOST} paths by AppRole asks Vault {} times, {logins} of them a login, at most {most} at once.",
            requests.len()
        ));
        Ok(())
    }

    /// The keys of a login that may read the secrets.
    fn approle(&self) -> Value {
        let call = |method, path: &str, body: Value| {
            self.vault.call(method, path, (!body.is_null()).then_some(&body))
        };
        let policy = r#"path "secret/data/bench/*" { capabilities = ["read"] }"#;
        call(Method::PUT, "sys/policies/acl/bench", json!({ "policy": policy }));
        call(Method::POST, "sys/auth/approle", json!({"type": "approle"}));
        call(Method::POST, "auth/approle/role/bench", json!({"token_policies": ["bench"]}));
        let id = call(Method::GET, "auth/approle/role/bench/role-id", Value::Null);
        let secret = call(Method::POST, "auth/approle/role/bench/secret-id", json!({}));
        json!({"token": null, "role_id": id["data"]["role_id"], "secret_id": secret["data"]["secret_id"]})
    }

    fn step(&self, label: &str, count: usize, url: &str, login: Value) -> Measured {
        let secrets: Vec<Value> =
            (0..count).map(|number| json!({"path": format!("secret/bench/{number}")})).collect();
        let payload = json!({
            "source": self.source(url, login), "version": {"version": "0"}, "params": { "secrets": secrets },
        });
        Measured::step(label, "vault-secret", "in", Some(&self.output()), &payload)
    }

    fn source(&self, url: &str, keys: Value) -> Value {
        let mut source = json!({"address": url, "token": self.vault.root_token()});
        if let (Value::Object(source), Value::Object(keys)) = (&mut source, keys) {
            source.extend(keys);
        }
        source
    }

    fn command(&self, label: &str, url: &str, arguments: &str) -> Measured {
        Measured::shell(
            label,
            &format!("{} exec {} {arguments}", self.environment(url), stack::binary("vault").display()),
        )
    }

    fn repeated(&self, label: &str, url: &str, count: usize) -> Measured {
        let (environment, vault) = (self.environment(url), stack::binary("vault").display().to_string());
        let line = format!(
            "{environment} i=0; while [ $i -lt {count} ]; do {vault} kv get -format=json -mount=secret bench/$i; i=$((i+1)); done"
        );
        Measured::shell(label, &line)
    }

    fn environment(&self, url: &str) -> String {
        format!("export VAULT_ADDR={url} VAULT_TOKEN={};", self.vault.root_token())
    }

    fn compare<const N: usize>(&self, title: &str, commands: [(Measured, usize); N]) -> Result<(), String> {
        let mut table = Table::new(title);
        for (command, runs) in commands {
            table.add(&command.label, median(&command, runs, || self.empty())?);
        }
        table.print();
        Ok(())
    }

    fn output(&self) -> std::path::PathBuf {
        self.folder.path().join("out")
    }

    fn empty(&self) -> Result<(), String> {
        let _ = fs::remove_dir_all(self.output());
        fs::create_dir(self.output()).map_err(|problem| problem.to_string())
    }
}
