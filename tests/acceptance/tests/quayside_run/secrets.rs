//! Where secrets come from, and that they show nowhere.

use http::Method;
use serde_json::json;
use stack::Vault;

use crate::desk::Desk;

const PIPELINE: &str = "
jobs:
- name: job
  plan:
  - task: show
    config: {platform: linux, run: {path: sh, args: [-c, 'test \"((db.password))\" = canary-of-a-test && echo \"<((db.password))>\"']}}
";

#[test]
fn secrets_come_from_a_file() {
    let desk = Desk::with(PIPELINE);
    desk.write("secrets.yml", "db: {password: canary-of-a-test}");
    let shown = desk.run("job --secrets secrets.yml").ended(0);
    shown.said(&["task show | <((redacted))>"]).kept_quiet(&["canary-of-a-test"]);
    let log = std::fs::read_to_string(desk.home.path().join("runs/1/log.jsonl")).unwrap();
    assert!(log.contains("redacted") && !log.contains("canary-of-a-test"), "{log}");
    desk.run("job").ended(2).said(&["undefined vars: db.password"]);
}

#[test]
fn secrets_come_from_the_environment() {
    let pipeline = PIPELINE.replace("db.password", "db-password");
    let desk = Desk::with(&pipeline).environment("SHOP_DB_PASSWORD", "canary-of-a-test");
    let shown = desk.run("job --secrets-env SHOP_").ended(0);
    shown.said(&["<((redacted))>"]).kept_quiet(&["canary-of-a-test"]);
}

#[test]
fn values_of_the_command_line_are_hidden_by_their_names() {
    let pipeline = PIPELINE.replace("db.password", "password");
    let desk = Desk::with(&pipeline);
    desk.run("job -v password=canary-of-a-test").ended(0).kept_quiet(&["<canary-of-a-test>"]);
}

#[test]
fn what_only_stands_beside_a_secret_stays_readable() {
    let pipeline = "
jobs:
- name: job
  plan:
  - task: show
    config: {platform: linux, run: {path: echo, args: ['((token_url))', '((token))', '((secret-name))', '((db.password))']}}
";
    let desk = Desk::with(pipeline);
    desk.write("secrets.yml", "db: {password: 'true', user: task}");
    let flags = "-v token=main -v token_url=https://tokens.example -v secret-name=shop-database";
    let shown = desk.run(&format!("job {flags} --secrets secrets.yml --json")).ended(0);
    shown.said(&["https://tokens.example main shop-database true"]);
    // Machines read the words of what they are told, whatever secrets there are.
    let secrets = "db: {password: finished}\nstep: succeeded\nkey: status\n";
    desk.write("secrets.yml", secrets);
    let shown = desk.run(&format!("job {flags} --secrets secrets.yml --json")).ended(0);
    shown.said(&[r#""event":"finished""#, r#""status":"succeeded""#]).kept_quiet(&["shop-database finished"]);
    desk.quayside("logs 2").ended(0).said(&["shop-database ((redacted))"]);
}

#[test]
fn combinations_of_values_are_told_without_secrets() {
    let pipeline = "
jobs:
- name: job
  plan:
  - across: [{var: os, values: [linux, ((secret)), {name: mac}]}]
    task: build
    config: {platform: linux, run: {path: echo, args: [built]}}
";
    let desk = Desk::with(pipeline);
    desk.write("secrets.yml", "secret: canary-of-a-test");
    let expected = ["os: linux", "os: ((redacted))"];
    let plain = desk.run("job --secrets secrets.yml").ended(0).kept_quiet(&["canary-of-a-test"]);
    plain.said(&expected).said(&["task build (os: linux) | built", r#"os: {"name":"mac"}"#]);
    let json = desk.run("job --secrets secrets.yml --json").ended(0).kept_quiet(&["canary-of-a-test"]);
    json.said(&expected).said(&[r#""label":"os: {\"name\":\"mac\"}""#]);
}

#[test]
fn secrets_come_from_a_vault_as_concourse_looks_them_up() {
    let vault = Vault::dev();
    vault.call(
        Method::POST,
        "sys/mounts/concourse",
        Some(&json!({"type": "kv", "options": {"version": "2"}})),
    );
    let secret = json!({"data": {"password": "canary-of-a-test"}});
    vault.call(Method::POST, "concourse/data/main/shop/db", Some(&secret));
    let desk = Desk::with(PIPELINE)
        .environment("VAULT_ADDR", &vault.url())
        .environment("VAULT_TOKEN", vault.root_token());
    let shown = desk.run("job --pipeline shop --vault").ended(0);
    shown.said(&["<((redacted))>"]).kept_quiet(&["canary-of-a-test", vault.root_token()]);
}

#[test]
fn variable_sources_of_the_pipeline_are_asked() {
    let source =
        "var_sources: [{name: own, type: dummy, config: {vars: {db: {password: canary-of-a-test}}}}]\n";
    let desk = Desk::with(&format!("{source}{}", PIPELINE.replace("db.password", "own:db.password")));
    desk.run("job").ended(0).said(&["<((redacted))>"]).kept_quiet(&["canary-of-a-test"]);
    desk.write("other.yml", "db: {password: another-value}");
    desk.run("job --var-source own=other.yml").ended(1);
}
