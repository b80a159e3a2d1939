//! The tables of keys in docs/ are those of the built programs. `UPDATE_DOCS=1` rewrites them.

use std::fs;
use std::path::Path;
use std::process::Command;

use kit::schema::{reference, replace_section};
use serde_json::Value;

const PARTS: [&str; 4] = ["source", "version", "get_params", "put_params"];

/// The tables of docs/quay.md: name, part of the schema, and the keys that they have with all below.
const QUAY_TABLES: [(&str, &str, &[&str]); 5] = [
    ("quay", "source", &["quay"]),
    ("scan", "source", &["scan"]),
    (
        "push",
        "put_params",
        &["action", "expires_after", "tag_expiry", "immutable", "quay_labels", "tag", "digest", "restore"],
    ),
    ("delete_tags", "put_params", &["delete_tags"]),
    ("settings", "put_params", &["settings", "settings_file", "webhook_url", "mirror_password", "dry_run"]),
];

fn schema(resource: &str) -> Value {
    let output = Command::new(acceptance::program(resource)).arg("--schema").output().unwrap();
    serde_json::from_slice(&output.stdout).unwrap()
}

fn check(resource: &str) {
    let schema = schema(resource);
    let tables = PARTS.iter().map(|part| (*part, reference(&schema[*part])));
    check_page(resource, tables);
}

fn check_page<'a>(name: &str, tables: impl Iterator<Item = (&'a str, String)>) {
    let path = Path::new(env!("CARGO_MANIFEST_DIR")).join(format!("../../docs/{name}.md"));
    let page = fs::read_to_string(&path).unwrap_or_default();
    let wanted = tables.fold(page.clone(), |page, (part, table)| {
        let replaced = replace_section(&page, part, &table);
        replaced.unwrap_or_else(|| panic!("docs/{name}.md has no <!-- {part} --> … <!-- /{part} -->"))
    });
    if std::env::var_os("UPDATE_DOCS").is_some() {
        fs::write(&path, wanted).unwrap();
    } else {
        let remedy = "UPDATE_DOCS=1 cargo test -p acceptance --test documentation";
        assert!(page == wanted, "docs/{name}.md is not what the program says: {remedy}");
    }
}

/// Returns the rows of a table whose keys are among those given, or below one.
fn rows_of(table: &str, keys: &[&str]) -> String {
    let is_meant = |line: &&str| {
        let key = line.strip_prefix("| `").and_then(|rest| rest.split('`').next()).unwrap_or_default();
        keys.contains(&key.split(['.', '[']).next().unwrap_or_default())
    };
    table.lines().take(2).chain(table.lines().filter(is_meant)).map(|line| format!("{line}\n")).collect()
}

#[test]
fn quay_page_has_the_keys_of_the_program() {
    let schema = schema("quay-image");
    let tables = QUAY_TABLES.map(|(name, part, keys)| (name, rows_of(&reference(&schema[part]), keys)));
    check_page("quay", tables.into_iter());
}

#[test]
fn quay_image_page_has_the_keys_of_the_program() {
    check("quay-image");
}

#[test]
fn helm_release_page_has_the_keys_of_the_program() {
    check("helm-release");
}

#[test]
fn vault_secret_page_has_the_keys_of_the_program() {
    check("vault-secret");
}
